//! What an import reads before it understands anything: tables of text cells
//! that remember where they stood.

use super::report::{Code, Note};

/// One table: a CSV file, or a table of an SQLite file.
#[derive(Debug)]
pub struct Table {
    /// The file (and, in a database, the table) as a person would name it.
    pub file: String,
    /// What maps match: the file's name without its ending, or the table's name.
    pub name: String,
    /// The columns' names, in order, without surrounding space.
    pub headers: Vec<String>,
    /// The rows that could be split into cells.
    pub rows: Vec<Row>,
    /// The rows that couldn't.
    pub broken: Vec<Broken>,
    /// What is worth knowing about the file as a whole.
    pub notes: Vec<Note>,
}

impl Table {
    /// Rows in the file, whether or not they could be split into cells.
    pub fn row_count(&self) -> u64 {
        (self.rows.len() + self.broken.len()) as u64
    }
}

/// One row. Cells lie end to end in one string, so that a row costs two
/// allocations however many columns there are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// Where it starts: the line of the file, the header being line 1, or the row of the table.
    pub line: u32,
    text: String,
    ends: Vec<u32>,
}

impl Row {
    /// A row without cells.
    pub fn at(line: u32) -> Self {
        Self { line, ..Self::default() }
    }

    /// Adds to the cell being read.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Ends the cell being read.
    pub fn end_cell(&mut self) {
        self.ends.push(self.text.len() as u32);
    }

    /// How many cells it has.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing at all stands in it.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// A cell as it stood; empty past the last.
    pub fn cell(&self, at: usize) -> &str {
        let Some(&end) = self.ends.get(at) else { return "" };
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..end as usize]
    }

    /// Every cell in order.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.count()).map(|at| self.cell(at))
    }

    /// Whether both rows hold the same cells, wherever they stood.
    pub fn same_cells(&self, other: &Self) -> bool {
        self.text == other.text && self.ends == other.ends
    }
}

/// A row that couldn't be split into cells.
#[derive(Debug)]
pub struct Broken {
    /// Where it starts.
    pub line: u32,
    /// What is wrong with it.
    pub code: Code,
    /// Its beginning.
    pub value: String,
}
