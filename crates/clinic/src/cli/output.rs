//! Answers, for people or for programs.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::messages::Messages;
use crate::problem::Problem;

/// Where answers go.
pub struct Output {
    json: bool,
    messages: Messages,
}

/// Not done.
const FAILED: u8 = 1;

/// A check found something wrong.
pub const FAULTY: u8 = 3;

impl Output {
    /// Answers in JSON or in `messages`' language.
    pub fn new(json: bool, messages: Messages) -> Self {
        Self { json, messages }
    }

    /// One document for programs, or lines for people.
    ///
    /// # Errors
    /// `internal` where the answer doesn't serialise; nobody reading any more is fine.
    pub fn answer<T: Serialize>(&self, value: &T, lines: impl FnOnce(&Messages) -> Vec<String>) -> Result<(), Problem> {
        let text = if self.json {
            serde_json::to_string_pretty(value).map_err(|error| Problem::new("internal").with("detail", error))?
        } else {
            lines(&self.messages).join("\n")
        };
        say(&mut std::io::stdout(), &text);
        Ok(())
    }

    /// A sentence of the catalogue, at once.
    pub fn note(&self, id: &str, args: &[(&str, String)]) {
        if !self.json {
            let args: BTreeMap<String, String> =
                args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            say(&mut std::io::stdout(), &self.messages.format(id, &args));
        }
    }

    /// What was not done, and why.
    pub fn problem(&self, problem: &Problem) -> ExitCode {
        #[derive(Serialize)]
        struct Document<'a> {
            problem: &'a Problem,
            message: String,
        }
        let message = self.messages.problem(problem);
        let text = if self.json {
            let document = Document { problem, message };
            serde_json::to_string_pretty(&document).unwrap_or_else(|_| problem.code.clone())
        } else {
            format!("{message} [{}]", problem.code)
        };
        say(&mut std::io::stderr(), &text);
        ExitCode::from(FAILED)
    }

    /// A progress bar on a terminal, nothing elsewhere.
    pub fn progress(&self, length: u64, id: &str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(self.messages.text(id));
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

/// A closed pipe means that nobody reads any more, which is no failure.
fn say(to: &mut impl Write, text: &str) {
    if let Err(error) = writeln!(to, "{text}").and_then(|()| to.flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        tracing::warn!(%error, "an answer could not be written");
    }
}
