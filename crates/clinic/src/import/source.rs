//! Opens what `import` was pointed at: a folder of CSV files, one CSV file, an
//! SQLite file, or our own export.

use std::io;
use std::path::{Path, PathBuf};

use super::report::Note;
use super::table::Table;
use super::{csv, sqlite};
use crate::export::{EVERYTHING_FILE, Everything};
use crate::problem::Problem;

/// What was found.
#[derive(Debug)]
pub enum Source {
    /// Tables of cells, for a map to make sense of.
    Tables(Vec<Table>, Vec<Note>),
    /// Our own export, whole.
    Own(Box<Everything>),
}

/// Opens `path` and reads all of it.
///
/// # Errors
/// `import-path-missing`, `import-unreadable`, `import-folder-empty`, and
/// whatever [`csv::read`], [`sqlite::read`] and [`crate::export::read`] answer.
pub async fn open(path: &Path) -> Result<Source, Problem> {
    let found = path.to_owned();
    let found = tokio::task::spawn_blocking(move || look(&found))
        .await
        .map_err(|error| Problem::new("internal").with("detail", error))??;
    match found {
        Found::Source(source) => Ok(source),
        Found::Database(path) => Ok(Source::Tables(sqlite::read(&path).await?, Vec::new())),
    }
}

enum Found {
    Source(Source),
    Database(PathBuf),
}

/// The first bytes of every SQLite file that isn't encrypted.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// Endings that promise a database.
const DATABASE_ENDINGS: [&str; 4] = ["db", "sqlite", "sqlite3", "db3"];

/// Endings of the files in a folder that are read.
const TEXT_ENDINGS: [&str; 3] = ["csv", "tsv", "txt"];

fn look(path: &Path) -> Result<Found, Problem> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        return folder(path).map(Found::Source);
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    if bytes.starts_with(SQLITE_MAGIC) {
        return Ok(Found::Database(path.to_owned()));
    }
    let ending = ending(path);
    if DATABASE_ENDINGS.contains(&ending.as_str()) {
        return Err(Problem::new("import-not-a-database").with("file", file_name(path)));
    }
    if ending == "json" {
        return crate::export::read(&file_name(path), &bytes).map(|own| Found::Source(Source::Own(Box::new(own))));
    }
    let table = csv::read(&file_name(path), &stem(path), &bytes)?;
    Ok(Found::Source(Source::Tables(vec![table], Vec::new())))
}

fn folder(path: &Path) -> Result<Source, Problem> {
    let everything = path.join(EVERYTHING_FILE);
    if everything.is_file() {
        let bytes = std::fs::read(&everything).map_err(|error| unreadable(&everything, &error))?;
        return crate::export::read(EVERYTHING_FILE, &bytes).map(|own| Source::Own(Box::new(own)));
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        let file = entry.map_err(|error| unreadable(path, &error))?.path();
        if file.is_file() && TEXT_ENDINGS.contains(&ending(&file).as_str()) {
            files.push(file);
        }
    }
    // The order of a folder is nobody's; that of the names is everybody's.
    files.sort();
    let mut tables = Vec::new();
    let mut notes = Vec::new();
    for file in &files {
        let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
        match csv::read(&file_name(file), &stem(file), &bytes) {
            Ok(table) => tables.push(table),
            // One empty or foreign file among others stops nothing.
            Err(problem) if files.len() > 1 => match problem.code.as_str() {
                "import-file-empty" => notes.push(Note::about("file-empty", &file_name(file))),
                "import-not-text" => notes.push(Note::about("file-not-text", &file_name(file))),
                _ => return Err(problem),
            },
            Err(problem) => return Err(problem),
        }
    }
    if tables.is_empty() {
        return Err(Problem::new("import-folder-empty").with("folder", file_name(path)));
    }
    Ok(Source::Tables(tables, notes))
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let code = if error.kind() == io::ErrorKind::NotFound { "import-path-missing" } else { "import-unreadable" };
    Problem::new(code).with("file", path.display()).with("detail", error)
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}
