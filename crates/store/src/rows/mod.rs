//! The tables, one module each: rows in, rows out, no rule.

pub(crate) mod appointments;
pub(crate) mod blockouts;
pub(crate) mod cells;
pub(crate) mod gathered;
pub(crate) mod patients;
pub(crate) mod projected;
pub(crate) mod settings;
pub mod staff;

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use crate::error::StoreError;

/// Which of `ids` the statement (open at its `IN (`) finds.
async fn known<'a, T: From<Uuid>>(
    conn: &mut SqliteConnection,
    open: &'static str,
    ids: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<T>, StoreError> {
    let mut query = sqlx::QueryBuilder::new(open);
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(id);
    }
    query.push(")");
    let rows = query.build().persistent(false).fetch_all(conn).await?;
    rows.iter()
        .map(|row| Uuid::from_slice(row.get::<&[u8], _>(0)).map(T::from).map_err(|_| cells::damaged("row", "id")))
        .collect()
}
