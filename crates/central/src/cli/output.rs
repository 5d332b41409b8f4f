//! Answers, for people or for programs.

use std::io::Write;

use serde::Serialize;

use super::Failed;
use crate::mails::words::Language;
use crate::operator::Refused;
use crate::operator::speech::Speech;

/// Where answers go.
pub struct Output {
    json: bool,
    speech: Speech,
}

impl Output {
    /// Answers in JSON, or in a language.
    pub fn new(json: bool, language: Option<&str>) -> Self {
        let locale = || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
        let language = language.map(str::to_owned).or_else(locale).unwrap_or_default();
        Self { json, speech: Speech::new(Language::of_tag(&language)) }
    }

    /// Prints a sentence of the catalogue for people, nothing for programs.
    ///
    /// # Errors
    /// Standard output's; nobody reading any more is none.
    pub fn line(&self, id: &str, named: &[(&str, &str)]) -> Result<(), Failed> {
        if self.json { Ok(()) } else { print(&mut std::io::stdout(), &self.speech.say(id, named)) }
    }

    /// Prints one JSON document, whoever reads it.
    ///
    /// # Errors
    /// Standard output's.
    pub fn json(&self, answer: &impl Serialize) -> Result<(), Failed> {
        print(&mut std::io::stdout(), &serde_json::to_string_pretty(answer).map_err(std::io::Error::from)?)
    }

    /// Prints one JSON document, or the same as text.
    ///
    /// # Errors
    /// Standard output's; nobody reading any more is none.
    pub fn answer(&self, answer: &impl Serialize, text: impl FnOnce(&Speech) -> String) -> Result<(), Failed> {
        if self.json { self.json(answer) } else { print(&mut std::io::stdout(), &text(&self.speech)) }
    }

    /// Says what was refused, where programs and people look for it.
    pub fn refused(&self, refused: &Refused) {
        let words = self.speech.refused(refused);
        let text = if self.json {
            serde_json::json!({ "refused": refused, "message": words }).to_string()
        } else {
            format!("{words} [{}]", refused.code)
        };
        if print(&mut std::io::stderr(), &text).is_err() {
            tracing::debug!("nobody could be told what was refused");
        }
    }
}

/// A closed pipe means that nobody reads any more, which is no failure.
fn print(to: &mut impl Write, text: &str) -> Result<(), Failed> {
    match writeln!(to, "{text}").and_then(|()| to.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
