//! Reads an SQLite file of another system, without changing a byte of it.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow, SqliteValueRef};
use sqlx::{ConnectOptions, Connection, Row as _, TypeInfo, ValueRef};

use super::report::Note;
use super::table::{Row, Table};
use crate::problem::Problem;

/// How long another program may hold the file before we say so.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Every table and view of the file, in order of their names.
///
/// # Errors
/// `import-not-a-database` (which an encrypted one also looks like),
/// `import-database-locked`, `import-database-empty`, `import-unreadable`.
pub async fn read(path: &Path) -> Result<Vec<Table>, Problem> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name_it = |error: sqlx::Error| named(&file, &error);
    let mut connection = connect(path).await.map_err(name_it)?;
    let tables = tables(&mut connection, &file).await.map_err(name_it)?;
    connection.close().await.map_err(name_it)?;
    if tables.is_empty() {
        return Err(Problem::new("import-database-empty").with("file", file));
    }
    Ok(tables)
}

/// Opens the file read-only. One in WAL mode whose folder can't be written,
/// and which has no WAL beside it, is opened as the plain file it then is.
async fn connect(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.clone().connect().await?;
    match sqlx::query("SELECT count(*) FROM sqlite_schema").execute(&mut connection).await {
        Err(error) if primary_code(&error) == Some(CANT_OPEN) && !wal_of(path).exists() => {
            options.immutable(true).connect().await
        }
        Err(error) => Err(error),
        Ok(_) => Ok(connection),
    }
}

fn wal_of(path: &Path) -> std::path::PathBuf {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    wal.into()
}

async fn tables(connection: &mut SqliteConnection, file: &str) -> Result<Vec<Table>, sqlx::Error> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY name",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        tables.push(table(connection, file, name).await?);
    }
    Ok(tables)
}

async fn table(connection: &mut SqliteConnection, file: &str, name: String) -> Result<Table, sqlx::Error> {
    let headers: Vec<String> =
        sqlx::query_scalar("SELECT name FROM pragma_table_info(?)").bind(&name).fetch_all(&mut *connection).await?;
    // The name comes from the file itself and stands in quotes, doubled where it holds one.
    let query = format!("SELECT * FROM \"{}\"", name.replace('"', "\"\""));
    let found = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&mut *connection).await?;
    let mut rows = Vec::with_capacity(found.len());
    for (at, found) in found.iter().enumerate() {
        rows.push(row(found, at as u32 + 1, headers.len())?);
    }
    let place = format!("{file}:{name}");
    let notes = if rows.is_empty() { vec![Note::about("no-rows", &place)] } else { Vec::new() };
    Ok(Table { file: place, name, headers, rows, broken: Vec::new(), notes })
}

fn row(found: &SqliteRow, line: u32, columns: usize) -> Result<Row, sqlx::Error> {
    let mut row = Row::at(line);
    for column in 0..columns.min(found.len()) {
        push(&mut row, found.try_get_raw(column)?)?;
        row.end_cell();
    }
    Ok(row)
}

/// Writes a value as text: whole numbers without a point, bytes that aren't text as nothing.
fn push(row: &mut Row, value: SqliteValueRef<'_>) -> Result<(), sqlx::Error> {
    if value.is_null() {
        return Ok(());
    }
    let kind = value.type_info().name().to_owned();
    let unread = sqlx::Error::Decode;
    match kind.as_str() {
        "INTEGER" | "INT4" | "BOOLEAN" => {
            row.push(&<i64 as sqlx::Decode<sqlx::Sqlite>>::decode(value).map_err(unread)?.to_string());
        }
        "REAL" => row.push(&<f64 as sqlx::Decode<sqlx::Sqlite>>::decode(value).map_err(unread)?.to_string()),
        _ => {
            let bytes = <&[u8] as sqlx::Decode<sqlx::Sqlite>>::decode(value).map_err(unread)?;
            if !(kind == "BLOB" && std::str::from_utf8(bytes).is_err()) {
                row.push(&String::from_utf8_lossy(bytes));
            }
        }
    }
    Ok(())
}

// SQLite's primary result codes; the extended ones carry them in the low byte.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const CANT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

fn named(file: &str, error: &sqlx::Error) -> Problem {
    let code = match primary_code(error) {
        Some(BUSY | LOCKED) => "import-database-locked",
        Some(NOT_A_DATABASE) => "import-not-a-database",
        Some(CORRUPT) => "import-database-damaged",
        _ => "import-unreadable",
    };
    Problem::new(code).with("file", file).with("detail", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_kind_of_value_becomes_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("old system.db");
        let mut connection = create(&path).await;
        let script = "CREATE TABLE \"the \"\"visits\"\"\" (id INTEGER, n REAL, t TEXT, b BLOB, x);
             INSERT INTO \"the \"\"visits\"\"\" VALUES (1, 729.0, 'Åsa', x'ff00', NULL), (2, 1.5, '', x'41', 7);";
        sqlx::raw_sql(script).execute(&mut connection).await.expect("a table");
        connection.close().await.expect("closed");
        let tables = read(&path).await.expect("tables");
        assert_eq!(tables[0].name, "the \"visits\"");
        assert_eq!(tables[0].headers, ["id", "n", "t", "b", "x"]);
        let cells: Vec<Vec<&str>> = tables[0].rows.iter().map(|row| row.cells().collect()).collect();
        assert_eq!(cells, [["1", "729", "Åsa", "", ""], ["2", "1.5", "", "A", "7"]]);
    }

    #[tokio::test]
    async fn a_locked_and_a_damaged_file_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("locked.db");
        let mut connection = create(&path).await;
        sqlx::raw_sql("CREATE TABLE visits (id); BEGIN EXCLUSIVE").execute(&mut connection).await.expect("a lock");
        assert_eq!(read(&path).await.expect_err("locked").code, "import-database-locked");
        sqlx::raw_sql("COMMIT").execute(&mut connection).await.expect("let go");
        connection.close().await.expect("closed");

        let mut bytes = std::fs::read(&path).expect("bytes");
        bytes[16..].fill(0xa5);
        std::fs::write(&path, bytes).expect("damaged");
        let code = read(&path).await.expect_err("damaged").code;
        assert!(["import-not-a-database", "import-database-damaged"].contains(&code.as_str()), "{code}");
    }

    async fn create(path: &Path) -> SqliteConnection {
        SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.expect("a database")
    }
}
