//! What an import says about what it read: problems, remarks, notes, the summary.

use std::collections::BTreeMap;

use serde::Serialize;

/// A stable code, kebab-case; its sentence stands in the catalogue under
/// `import-problem-<code>` or `import-note-<code>`.
pub type Code = &'static str;

/// A row that couldn't be read, or (in [`super::Plan::remarks`]) a cell of a
/// row that came in without it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowProblem {
    /// What the row was about.
    pub table: Role,
    /// The file, and in a database the table.
    pub file: String,
    /// The line it starts on, the header being line 1; in a database, the row.
    pub line: u32,
    /// The column as the file names it; empty when it is about the whole row.
    pub column: String,
    /// What is wrong.
    pub code: Code,
    /// What stood there, at most [`VALUE_CHARS`] characters of it.
    pub value: String,
}

/// How much of an unreadable value is shown.
pub const VALUE_CHARS: usize = 40;

/// The beginning of a value on one line, as lists of problems show it.
pub fn shortened(value: &str) -> String {
    let flat: String =
        value.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(VALUE_CHARS + 1).collect();
    if flat.chars().count() > VALUE_CHARS { flat.chars().take(VALUE_CHARS - 1).chain(['…']).collect() } else { flat }
}

/// Something about a whole file, or about how it was understood.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Note {
    /// What it is about.
    pub code: Code,
    /// What its sentence names.
    pub args: BTreeMap<&'static str, String>,
}

impl Note {
    /// A note about a file.
    pub fn about(code: Code, file: &str) -> Self {
        Self { code, args: BTreeMap::from([("file", file.to_owned())]) }
    }

    /// Names something more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.args.insert(name, value.to_string());
        self
    }
}

/// What a table is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// People who treat.
    Practitioners,
    /// Kinds of visit.
    Kinds,
    /// Patients.
    Patients,
    /// Visits.
    Appointments,
}

impl Role {
    /// Every role, in the order they are planned: people before their visits.
    pub const ALL: [Self; 4] = [Self::Practitioners, Self::Kinds, Self::Patients, Self::Appointments];

    /// The word the map, the summary and the catalogue know it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Practitioners => "practitioners",
            Self::Kinds => "kinds",
            Self::Patients => "patients",
            Self::Appointments => "appointments",
        }
    }
}

/// What became of one table's rows. `rows = added + already_there + problems`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct TableCount {
    /// Rows in the file.
    pub rows: u64,
    /// Came in now (in a dry run: would have).
    pub added: u64,
    /// Were in the store before, or stand twice in the file, word for word.
    pub already_there: u64,
    /// Couldn't be read; each stands in [`Summary::problems`].
    pub problems: u64,
}

/// What an import did, as the command prints it. Holds no time of day, so that
/// the same import gives the same summary.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Summary {
    /// The map it was read by.
    pub source: String,
    /// The zone its times were taken in.
    pub zone: String,
    /// Rows in the appointments table:
    /// the sum of `by_source_status` and of the problems and repeats among them.
    pub rows_read: u64,
    /// What became of each table's rows.
    pub tables: BTreeMap<Role, TableCount>,
    /// Visits by the other system's word for how they stand.
    pub by_source_status: BTreeMap<String, u64>,
    /// The same visits by ours.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Pairs of visits that overlap in one practitioner's column.
    pub clashes: u64,
    /// Visits by what was found odd about them; one may count in several.
    pub by_flag: BTreeMap<&'static str, u64>,
    /// Visits with anything odd about them.
    pub flagged: u64,
    /// Visits that continue one that was moved away.
    pub follow_ups: u64,
    /// People and kinds of visit that no table described, made from what visits name.
    pub made: BTreeMap<Role, u64>,
    /// Appointments that came in now.
    pub added: u64,
    /// Appointments that were there before.
    pub already_there: u64,
    /// Rows that couldn't be read, in the files' order.
    pub problems: Vec<RowProblem>,
    /// Cells that couldn't be read, of rows that came in without them.
    pub remarks: Vec<RowProblem>,
    /// What else is worth knowing.
    pub notes: Vec<Note>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_shortened_on_one_line() {
        assert_eq!(shortened(" a\nb "), "a b");
        let short = shortened(&"å".repeat(100));
        assert_eq!(short.chars().count(), VALUE_CHARS);
        assert!(short.ends_with('…'));
    }
}
