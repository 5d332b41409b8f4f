//! Notes and problems as people read them.

use std::collections::BTreeMap;

use super::report::{Note, RowProblem};
use crate::messages::Messages;

impl Note {
    /// The note as a sentence.
    pub fn sentence(&self, messages: &Messages) -> String {
        let args: Vec<(&str, &str)> = self.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        messages.format(&format!("import-note-{}", self.code), &named(&args))
    }
}

impl RowProblem {
    /// Where, what stood there, and why it couldn't be read.
    pub fn sentence(&self, messages: &Messages) -> String {
        let reason = messages.text(&format!("import-problem-{}", self.code));
        let line = self.line.to_string();
        let args = [
            ("file", &*self.file),
            ("line", &line),
            ("column", &self.column),
            ("value", &self.value),
            ("reason", &reason),
        ];
        let id = if self.column.is_empty() { "import-problem-row" } else { "import-problem-cell" };
        messages.format(id, &named(&args))
    }
}

fn named(args: &[(&str, &str)]) -> BTreeMap<String, String> {
    args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::report::Role;
    use super::*;
    use crate::messages::Language;
    use chairside_schedule::appointment::Flags;

    /// Every code that can come out of an import; a new one without words fails here.
    const PROBLEMS: [&str; 21] = [
        "birth-unreadable",
        "date-missing",
        "date-unreadable",
        "follows-unknown",
        "guardian-unknown",
        "id-missing",
        "id-twice",
        "length-unreadable",
        "note-long",
        "personnummer-unreadable",
        "phone-unreadable",
        "quote-not-closed",
        "reference-unknown",
        "rest-unreadable",
        "row-cut",
        "row-long",
        "row-short",
        "status-unknown",
        "text-long",
        "time-unreadable",
        "row",
    ];
    const NOTES: [&str; 8] = [
        "columns-unused",
        "dates-ambiguous",
        "file-empty",
        "file-not-text",
        "ids-rounded",
        "no-rows",
        "table-unused",
        "windows-1252",
    ];

    #[test]
    fn every_code_has_words_in_every_language() {
        for language in Language::ALL {
            let messages = Messages::new(language);
            let has = |id: String| assert!(messages.has(&id), "{language:?} lacks {id}");
            PROBLEMS.iter().for_each(|code| has(format!("import-problem-{code}")));
            NOTES.iter().for_each(|code| has(format!("import-note-{code}")));
            Flags::WORDS.iter().for_each(|(_, flag)| has(format!("flag-{flag}")));
            // Nothing makes visits but the rows they stand on.
            Role::ALL[..3].iter().for_each(|role| has(format!("import-made-{}", role.as_str())));
            ["problems", "remarks", "problem-cell"].iter().for_each(|id| has(format!("import-{id}")));
        }
    }
}
