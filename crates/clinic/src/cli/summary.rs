//! What an import did, in lines for people.

use std::collections::BTreeMap;

use crate::import::{RowProblem, Summary};
use crate::messages::Messages;

/// Rows listed by name before the rest is only counted; `--json` lists them all.
const LISTED: usize = 50;

/// The lines, most important first.
pub fn lines(summary: &Summary, messages: &Messages) -> Vec<String> {
    let mut lines =
        vec![messages.format("cli-import-head", &args(&[("source", &summary.source), ("zone", &summary.zone)]))];
    for (role, count) in &summary.tables {
        lines.push(messages.format(
            &format!("cli-import-{}", role.as_str()),
            &args(&[
                ("rows", &count.rows),
                ("added", &count.added),
                ("there", &count.already_there),
                ("problems", &count.problems),
            ]),
        ));
    }
    lines.extend(counted(messages, "cli-import-by-source-status", &summary.by_source_status, str::to_owned));
    lines.extend(counted(messages, "cli-import-by-status", &summary.by_status, str::to_owned));
    lines.push(messages.format(
        "cli-import-clashes",
        &args(&[("clashes", &summary.clashes), ("follow", &summary.follow_ups), ("flagged", &summary.flagged)]),
    ));
    lines.extend(counted(messages, "cli-import-by-flag", &summary.by_flag, |flag| {
        messages.text(&format!("flag-{flag}"))
    }));
    for (role, count) in summary.made.iter().filter(|(_, count)| **count > 0) {
        lines.push(messages.format(&format!("import-made-{}", role.as_str()), &args(&[("count", count)])));
    }
    lines.extend(summary.notes.iter().map(|note| note.sentence(messages)));
    listed(messages, "import-problems", &summary.problems, &mut lines);
    listed(messages, "import-remarks", &summary.remarks, &mut lines);
    lines
}

/// Rows that stayed out, or values that did, under a heading that says which.
fn listed(messages: &Messages, heading: &str, problems: &[RowProblem], lines: &mut Vec<String>) {
    if problems.is_empty() {
        return;
    }
    lines.push(messages.format(heading, &args(&[("count", &problems.len())])));
    lines.extend(problems.iter().take(LISTED).map(|problem| problem.sentence(messages)));
    let rest = problems.len().saturating_sub(LISTED);
    if rest > 0 {
        lines.push(messages.format("cli-import-more-problems", &args(&[("count", &rest)])));
    }
}

fn counted<K: AsRef<str>>(
    messages: &Messages,
    head: &str,
    counts: &BTreeMap<K, u64>,
    word: impl Fn(&str) -> String,
) -> Option<String> {
    if counts.is_empty() {
        return None;
    }
    let counts: Vec<String> = counts.iter().map(|(key, count)| format!("{} {count}", word(key.as_ref()))).collect();
    Some(format!("{} {}", messages.text(head), counts.join(", ")))
}

fn args(pairs: &[(&str, &dyn ToString)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect()
}
