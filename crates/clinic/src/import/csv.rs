//! Reads a CSV file as other systems write them: any of four delimiters,
//! UTF-8, UTF-16 or Windows-1252, line breaks inside quotes, and damage.
//!
//! Written by hand rather than on the `csv` crate because damage decides the
//! shape: a quote that is opened and never closed must cost its own row and
//! no other, and every row must know the line it began on.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::report::{Note, shortened};
use super::table::{Broken, Row, Table};
use crate::problem::Problem;

/// The longest quoted cell. Beyond it a quote is taken as never closed; the
/// longest real note seen anywhere near is 10,000 characters.
const QUOTED_BYTES: usize = 256 * 1024;

/// How often reading may start anew after a quote that is never closed. Each
/// start may read [`QUOTED_BYTES`] again, so a hostile file needs an end.
const FRESH_STARTS: usize = 10_000;

/// The delimiters looked for; the first wins when two split the header alike.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Reads one file. `file` is its name as a person would say it, `name` what maps match.
///
/// # Errors
/// `import-file-empty`, `import-not-text`, `import-header-broken`.
pub fn read(file: &str, name: &str, bytes: &[u8]) -> Result<Table, Problem> {
    let (text, encoding_note) = decode(file, bytes)?;
    if text.trim().is_empty() {
        return Err(Problem::new("import-file-empty").with("file", file));
    }
    let mut reader = Reader { text: &text, at: 0, line: 1, delimiter: delimiter_of(&text) };
    let header = loop {
        match reader.row() {
            Some(Read { row, closed: true, .. }) if row.is_blank() => {}
            Some(Read { row, closed: true, .. }) => break row,
            _ => return Err(Problem::new("import-header-broken").with("file", file)),
        }
    };
    let mut headers: Vec<String> = header.cells().map(|cell| cell.trim().to_owned()).collect();
    while headers.last().is_some_and(String::is_empty) {
        headers.pop();
    }
    let mut table = Table {
        file: file.to_owned(),
        name: name.to_owned(),
        headers,
        rows: Vec::new(),
        broken: Vec::new(),
        notes: encoding_note.into_iter().collect(),
    };
    read_rows(&mut reader, &mut table);
    if table.row_count() == 0 {
        table.notes.push(Note::about("no-rows", file));
    }
    Ok(table)
}

fn read_rows(reader: &mut Reader<'_>, table: &mut Table) {
    let columns = table.headers.len();
    let mut fresh_starts = 0;
    loop {
        let before = (reader.at, reader.line);
        let Some(Read { row, closed, last }) = reader.row() else { return };
        let spans_lines = reader.line > row.line + 1;
        let fits = row.count() == columns
            || (row.count() > columns && (columns..row.count()).all(|at| row.cell(at).is_empty()));
        if closed && row.is_blank() {
            continue;
        }
        if closed && fits {
            table.rows.push(row);
            continue;
        }
        // A row over several lines with the wrong number of cells: its quote
        // swallowed the rows after it. Only its first line is given up.
        let swallowed = !closed || (spans_lines && !fits);
        let code = match () {
            () if swallowed => "quote-not-closed",
            () if row.count() > columns => "row-long",
            () if last => "row-cut",
            () => "row-short",
        };
        let line = reader.text[before.0..].trim_start_matches(['\r', '\n']);
        let line = line.lines().next().unwrap_or_default();
        table.broken.push(Broken { line: row.line, code, value: shortened(line) });
        if swallowed {
            fresh_starts += 1;
            (reader.at, reader.line) = before;
            reader.skip_line();
            if fresh_starts == FRESH_STARTS {
                let rest = reader.text[reader.at..].lines().next().unwrap_or_default();
                table.broken.push(Broken { line: reader.line, code: "rest-unreadable", value: shortened(rest) });
                return;
            }
        }
    }
}

/// The text of a file and, where it wasn't UTF-8, a note of what it was read as.
fn decode(file: &str, bytes: &[u8]) -> Result<(String, Option<Note>), Problem> {
    if let Some((encoding, bom)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[bom..]);
        return Ok((text.into_owned(), None));
    }
    if bytes.contains(&0) {
        return Err(Problem::new("import-not-text").with("file", file));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), None)),
        // Cut off within a character: still UTF-8, and the last row says it is cut.
        Err(error)
            if error.error_len().is_none() && error.valid_up_to() > 0 && !bytes[..error.valid_up_to()].is_ascii() =>
        {
            Ok((String::from_utf8_lossy(bytes).into_owned(), None))
        }
        Err(_) => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            Ok((text.into_owned(), Some(Note::about("windows-1252", file))))
        }
    }
}

/// The delimiter that splits the first line into most cells.
fn delimiter_of(text: &str) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some(at) = DELIMITERS.iter().position(|&delimiter| delimiter == byte) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    DELIMITERS[counts.iter().position(|&count| count == most).unwrap_or(0)]
}

/// Walks over the text, row by row.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    delimiter: u8,
}

/// One row as it was read.
struct Read {
    row: Row,
    /// Every quote that was opened was closed, right before a delimiter or line end.
    closed: bool,
    /// The file ends with it, without a line end.
    last: bool,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next row; `None` at the end. Leaves `line` at the row after it.
    fn row(&mut self) -> Option<Read> {
        self.byte()?;
        let mut row = Row::at(self.line);
        let mut closed = true;
        loop {
            if self.byte() == Some(b'"') {
                let before = self.line;
                match self.quoted(&mut row) {
                    None => return Some(Read { row, closed: false, last: false }),
                    // Text after a closing quote is forgiven within a line; over
                    // several lines it means that the quote belonged to another row.
                    Some(tidy) => closed &= tidy || self.line == before,
                }
            } else {
                self.plain(&mut row);
            }
            row.end_cell();
            match self.byte() {
                Some(byte) if byte == self.delimiter => self.at += 1,
                Some(_) => {
                    self.end_line();
                    return Some(Read { row, closed, last: false });
                }
                None => {
                    self.line += 1;
                    return Some(Read { row, closed, last: true });
                }
            }
        }
    }

    /// A cell without quotes, up to the delimiter or the line's end.
    fn plain(&mut self, row: &mut Row) {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest
            .iter()
            .position(|&byte| byte == self.delimiter || byte == b'\n' || byte == b'\r')
            .unwrap_or(rest.len());
        row.push(&self.text[self.at..self.at + length]);
        self.at += length;
    }

    /// A quoted cell. `None`: the quote isn't closed; `Some(false)`: text follows the closing quote.
    fn quoted(&mut self, row: &mut Row) -> Option<bool> {
        self.at += 1;
        let opened = self.at;
        loop {
            let limit = self.text.len().min(opened + QUOTED_BYTES);
            let length = self.text.as_bytes().get(self.at..limit)?.iter().position(|&byte| byte == b'"')?;
            let part = &self.text[self.at..self.at + length];
            row.push(part);
            self.line += line_ends(part);
            self.at += length + 1;
            if self.byte() != Some(b'"') {
                break;
            }
            row.push("\"");
            self.at += 1;
        }
        let closed_at = self.at;
        let after = self.byte();
        if after.is_none_or(|byte| byte == self.delimiter || byte == b'\n' || byte == b'\r') {
            return Some(true);
        }
        self.plain(row);
        Some(self.text[closed_at..self.at].trim().is_empty())
    }

    fn end_line(&mut self) {
        if self.byte() == Some(b'\r') {
            self.at += 1;
        }
        if self.byte() == Some(b'\n') {
            self.at += 1;
        }
        self.line += 1;
    }

    fn skip_line(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
        self.end_line();
    }
}

/// Line ends in a text: `\n`, `\r\n` and a lone `\r` count once each.
fn line_ends(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let ends = |at: usize| bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    (0..bytes.len()).filter(|&at| ends(at)).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bytes: &[u8]) -> Table {
        read("visits.csv", "visits", bytes).expect("a table")
    }

    fn rows(table: &Table) -> Vec<(u32, Vec<&str>)> {
        table.rows.iter().map(|row| (row.line, row.cells().collect())).collect()
    }

    fn broken(table: &Table) -> Vec<(u32, &str)> {
        table.broken.iter().map(|broken| (broken.line, broken.code)).collect()
    }

    #[test]
    fn delimiters_are_found_by_the_header() {
        for (text, delimiter) in
            [("a,b;c,d\n", ','), ("a;b;c\n1,5;2;3\n", ';'), ("a\tb\n", '\t'), ("a|b\n", '|'), ("alone\n", ',')]
        {
            assert_eq!(char::from(delimiter_of(text)), delimiter, "{text:?}");
        }
        assert_eq!(delimiter_of("\"a,b,c\";d\n"), b';');
    }

    #[test]
    fn quoted_line_breaks_stay_in_their_cell_and_lines_are_counted() {
        let table = table(b"id,note\r\n1,\"first\r\nsecond \"\"third\"\"\"\r\n\r\n2,plain\r\n");
        assert_eq!(rows(&table), [(2, vec!["1", "first\r\nsecond \"third\""]), (5, vec!["2", "plain"])]);
        assert!(table.broken.is_empty());
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(table("\u{feff}id,namn\n1,Åsa\n".as_bytes()).rows[0].cell(1), "Åsa");
        let latin = table(b"id;namn\n1;\xc5sa \x80\n");
        assert_eq!(latin.rows[0].cell(1), "Åsa €");
        assert_eq!(latin.notes[0].code, "windows-1252");
        let wide: Vec<u8> = "\u{feff}id,namn\n1,Åsa\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(table(&wide).rows[0].cell(1), "Åsa");
        let cut = &"id,namn\n1,Åsa\n2,Åke Ö".as_bytes()[..21];
        assert_eq!(table(cut).notes, []);
    }

    #[test]
    fn an_unclosed_quote_costs_its_own_row_only() {
        let in_the_last_column = table(b"id,note\n1,\"open\n2,b\n3,\"closed\"\n4,d\n");
        assert_eq!(broken(&in_the_last_column), [(2, "quote-not-closed")]);
        assert_eq!(rows(&in_the_last_column).iter().map(|row| row.0).collect::<Vec<_>>(), [3, 4, 5]);
        let at_the_end = table(b"id,note\n1,a\n2,\"cut off he");
        assert_eq!(broken(&at_the_end), [(3, "quote-not-closed")]);
        let in_the_first = table(b"id,note\n\"1,a\n2,b\n");
        assert_eq!(broken(&in_the_first), [(2, "quote-not-closed")]);
        assert_eq!(rows(&in_the_first), [(3, vec!["2", "b"])]);
    }

    #[test]
    fn ragged_rows_are_named() {
        let table = table(b"a,b,c\n1,2\n1,2,3,4\n1,2,3,,\n1,2,3\n1,2");
        assert_eq!(broken(&table), [(2, "row-short"), (3, "row-long"), (6, "row-cut")]);
        assert_eq!(table.rows.len(), 2);
        assert_eq!(table.row_count(), 5);
    }

    #[test]
    fn files_without_rows() {
        assert_eq!(table(b"a,b\n").notes[0].code, "no-rows");
        assert_eq!(read("x", "x", b"").expect_err("empty").code, "import-file-empty");
        assert_eq!(read("x", "x", b"\xef\xbb\xbf \n").expect_err("empty").code, "import-file-empty");
        assert_eq!(read("x", "x", b"PK\x03\x04\0\0").expect_err("a zip").code, "import-not-text");
        assert_eq!(read("x", "x", b"a,\"b\n").expect_err("a broken header").code, "import-header-broken");
    }

    #[test]
    fn a_hostile_file_ends() {
        let hostile =
            b"a,b\n".iter().copied().chain(b"\"x\"y\n".iter().copied().cycle().take(400_000)).collect::<Vec<_>>();
        assert!(table(&hostile).row_count() > 0);
    }
}
