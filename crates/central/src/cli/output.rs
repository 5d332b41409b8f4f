//! Answers, for people or for programs.

use std::io::Write;

use serde::Serialize;

use super::Failed;
use crate::mails::words::{Language, Words};
use crate::operator::{Refused, words};

/// Where answers go.
pub struct Output {
    json: bool,
    words: Words,
}

impl Output {
    /// Answers in JSON, or in a language.
    pub fn new(json: bool, language: Option<&str>) -> Self {
        let locale = || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
        let language = language.map(str::to_owned).or_else(locale).unwrap_or_default();
        Self { json, words: words(Language::of_tag(&language)) }
    }

    /// A sentence of the catalogue.
    pub fn say(&self, id: &str, named: &[(&str, &str)]) -> String {
        self.words.format(id, named)
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
    pub fn answer(&self, answer: &impl Serialize, text: impl FnOnce(&Self) -> String) -> Result<(), Failed> {
        if self.json { self.json(answer) } else { print(&mut std::io::stdout(), &text(self)) }
    }

    /// Says what was refused, where programs and people look for it.
    pub fn refused(&self, refused: &Refused) {
        let words = self.in_words(refused);
        let text = if self.json {
            serde_json::json!({ "refused": refused, "message": words }).to_string()
        } else {
            format!("{words} [{}]", refused.code)
        };
        if print(&mut std::io::stderr(), &text).is_err() {
            tracing::debug!("nobody could be told what was refused");
        }
    }

    fn in_words(&self, refused: &Refused) -> String {
        let id = format!("refused-{}", refused.code.replace('_', "-"));
        let id = if self.words.has(&id) { id.as_str() } else { "refused-otherwise" };
        self.say(id, &[("about", &refused.about)])
    }
}

/// A closed pipe means that nobody reads any more, which is no failure.
fn print(to: &mut impl Write, text: &str) -> Result<(), Failed> {
    match writeln!(to, "{text}").and_then(|()| to.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
