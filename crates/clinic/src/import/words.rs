//! The summary as people read it.

use std::collections::BTreeMap;

use super::report::{Note, RowProblem, Summary};
use crate::messages::Messages;

/// How many problems and remarks each are written out; `--json` has them all.
const SHOWN: usize = 50;

impl Summary {
    /// The summary, line by line, in the catalogue's words.
    pub fn lines(&self, messages: &Messages) -> Vec<String> {
        let say = |id: &str, args: &[(&str, &str)]| messages.format(id, &named(args));
        let mut lines = vec![say("import-read-by", &[("map", &self.source), ("zone", &self.zone)])];
        for (role, count) in &self.tables {
            let table = messages.text(&format!("import-table-{}", role.as_str()));
            let (rows, added) = (count.rows.to_string(), count.added.to_string());
            let (there, problems) = (count.already_there.to_string(), count.problems.to_string());
            let args =
                [("table", &*table), ("rows", &rows), ("added", &added), ("there", &there), ("problems", &problems)];
            lines.push(say("import-table", &args));
        }
        for (role, count) in self.made.iter().filter(|(_, count)| **count > 0) {
            let table = messages.text(&format!("import-table-{}", role.as_str()));
            lines.push(say("import-made", &[("table", &table), ("count", &count.to_string())]));
        }
        lines.push(messages.text("import-by-source-status"));
        let nothing = messages.text("import-no-word");
        lines.extend(
            self.by_source_status
                .iter()
                .map(|(word, count)| counted(if word.is_empty() { &nothing } else { word }, *count)),
        );
        lines.push(messages.text("import-by-status"));
        lines.extend(
            self.by_status
                .iter()
                .map(|(status, count)| counted(&messages.text(&format!("import-status-{status}")), *count)),
        );
        lines.push(say("import-clashes", &[("count", &self.clashes.to_string())]));
        if self.flagged > 0 {
            lines.push(say("import-flagged", &[("count", &self.flagged.to_string())]));
            lines.extend(
                self.by_flag
                    .iter()
                    .map(|(flag, count)| counted(&messages.text(&format!("import-flag-{flag}")), *count)),
            );
        }
        lines.extend(self.notes.iter().map(|note| note.sentence(messages)));
        lists(messages, &mut lines, "import-problems", &self.problems);
        lists(messages, &mut lines, "import-remarks", &self.remarks);
        lines
    }
}

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

fn lists(messages: &Messages, lines: &mut Vec<String>, heading: &str, problems: &[RowProblem]) {
    if problems.is_empty() {
        return;
    }
    lines.push(messages.format(heading, &named(&[("count", &problems.len().to_string())])));
    lines.extend(problems.iter().take(SHOWN).map(|problem| format!("  {}", problem.sentence(messages))));
    if let Some(more) = problems.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(messages.format("import-more", &named(&[("count", &more.to_string())])));
    }
}

fn counted(word: &str, count: u64) -> String {
    format!("  {count:>8}  {word}")
}

fn named(args: &[(&str, &str)]) -> BTreeMap<String, String> {
    args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::plan::FLAGS;
    use super::super::report::Role;
    use super::*;
    use crate::messages::Language;
    use chairside_schedule::Status;

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
            FLAGS.iter().for_each(|(_, flag)| has(format!("import-flag-{flag}")));
            Role::ALL.iter().for_each(|role| has(format!("import-table-{}", role.as_str())));
            Status::ALL.iter().for_each(|status| has(format!("import-status-{}", status.as_str())));
            [
                "read-by",
                "table",
                "made",
                "by-source-status",
                "no-word",
                "by-status",
                "clashes",
                "flagged",
                "problems",
                "remarks",
                "more",
                "problem-cell",
            ]
            .iter()
            .for_each(|id| has(format!("import-{id}")));
        }
    }
}
