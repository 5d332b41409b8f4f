//! What booking is held against: sqlx writing the very same two rows in one
//! transaction, on a store of the same schema, indexes, key and settings,
//! with nothing looked up and nothing checked.

use std::path::Path;

use chairside_store::{Key, StoreFiles};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Column, Connection, Row, TypeInfo, ValueRef};

use crate::Outcome;

/// As the report prints it.
pub const CODE: &str = "\
BEGIN IMMEDIATE;
INSERT INTO appointment (all 28 columns) VALUES (?, …);  -- table and 3 indexes
INSERT INTO log (all 13 columns) VALUES (?, …);          -- table and 1 index
COMMIT;
-- one sqlx::SqliteConnection, statements prepared once, the values the desk
-- has just written already in memory; no check, no look-up, no clock, no hash.
-- The bare insert: INSERT INTO bare (content) VALUES (?), 200 bytes, committed by itself.";

/// Settings that decide what a commit costs, read back from the connection.
const SETTINGS: [&str; 8] = [
    "journal_mode",
    "synchronous",
    "foreign_keys",
    "cache_size",
    "page_size",
    "wal_autocheckpoint",
    "cipher_version",
    "temp_store",
];

/// A value of a row, as the database has it.
enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// Rows read from one store, to be written to another.
pub struct Written {
    visit: Vec<Value>,
    entry: Vec<Value>,
}

/// A plain sqlx connection to a store nobody else has open, or to read beside a desk.
pub struct Baseline {
    conn: SqliteConnection,
    insert_visit: String,
    insert_entry: String,
}

impl Baseline {
    /// Opens the store in `folder` with the settings the desk's own connection has.
    pub async fn open(folder: &Path, key_file: &Path) -> Outcome<Self> {
        let key = std::fs::read_to_string(key_file)?;
        // Read strictly first, so that a wrong file says so.
        Key::parse(&key)?;
        let options = SqliteConnectOptions::new()
            .filename(StoreFiles::new(folder).database())
            .pragma("key", format!("\"x'{}'\"", key.trim()))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("cache_size", "-32768")
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", "4000");
        let mut conn = SqliteConnection::connect_with(&options).await?;
        let insert_visit = insert(&mut conn, "appointment").await?;
        let insert_entry = insert(&mut conn, "log").await?;
        Ok(Self { conn, insert_visit, insert_entry })
    }

    /// SQLite's version and the settings, for the report.
    pub async fn settings(&mut self) -> Outcome<String> {
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut self.conn).await?;
        let mut said = format!("SQLite {version}");
        for setting in SETTINGS {
            let row = sqlx::query(AssertSqlSafe(format!("PRAGMA {setting}"))).fetch_one(&mut self.conn).await?;
            let value = match read(&row, 0)? {
                Value::Integer(number) => number.to_string(),
                Value::Text(text) => text,
                Value::Null | Value::Blob(_) => String::new(),
            };
            said += &format!(", {setting} {value}");
        }
        Ok(said)
    }

    /// Makes the table of the bare insert.
    pub async fn prepare_bare(&mut self) -> Outcome<()> {
        sqlx::query("CREATE TABLE bare (one INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT")
            .execute(&mut self.conn)
            .await?;
        Ok(())
    }

    /// The rows of the last booking in this store.
    pub async fn last_written(&mut self) -> Outcome<Written> {
        let entry = sqlx::query("SELECT * FROM log ORDER BY seq DESC LIMIT 1").fetch_one(&mut self.conn).await?;
        let subject: Vec<u8> = entry.try_get("subject")?;
        let visit =
            sqlx::query("SELECT * FROM appointment WHERE id = ?").bind(subject).fetch_one(&mut self.conn).await?;
        Ok(Written { visit: values(&visit)?, entry: values(&entry)? })
    }

    /// The measured baseline: see [`CODE`].
    pub async fn write(&mut self, written: Written) -> Outcome<()> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.conn).await?;
        bound(&self.insert_visit, written.visit).execute(&mut self.conn).await?;
        bound(&self.insert_entry, written.entry).execute(&mut self.conn).await?;
        sqlx::query("COMMIT").execute(&mut self.conn).await?;
        Ok(())
    }

    /// One row into one table without indexes.
    pub async fn write_bare(&mut self) -> Outcome<()> {
        sqlx::query("INSERT INTO bare (content) VALUES (?)")
            .bind([7_u8; 200].as_slice())
            .execute(&mut self.conn)
            .await?;
        Ok(())
    }

    /// Closes the connection.
    pub async fn close(self) -> Outcome<()> {
        Ok(self.conn.close().await?)
    }
}

async fn insert(conn: &mut SqliteConnection, table: &str) -> Outcome<String> {
    let rows = sqlx::query("SELECT name FROM pragma_table_info(?)").bind(table).fetch_all(conn).await?;
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let places = vec!["?"; names.len()].join(", ");
    Ok(format!("INSERT INTO {table} ({}) VALUES ({places})", names.join(", ")))
}

fn values(row: &SqliteRow) -> Outcome<Vec<Value>> {
    (0..row.columns().len()).map(|at| read(row, at)).collect()
}

fn read(row: &SqliteRow, at: usize) -> Outcome<Value> {
    let raw = row.try_get_raw(at)?;
    Ok(match raw.type_info().name() {
        _ if raw.is_null() => Value::Null,
        "INTEGER" => Value::Integer(row.try_get(at)?),
        "TEXT" => Value::Text(row.try_get(at)?),
        "BLOB" => Value::Blob(row.try_get(at)?),
        other => return Err(format!("{} holds a {other}", row.column(at).name()).into()),
    })
}

fn bound(statement: &str, values: Vec<Value>) -> sqlx::query::Query<'_, sqlx::Sqlite, SqliteArguments> {
    values.into_iter().fold(sqlx::query(AssertSqlSafe(statement)), |query, value| match value {
        Value::Null => query.bind(None::<i64>),
        Value::Integer(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Blob(bytes) => query.bind(bytes),
    })
}
