//! A day's rows as mirrors may see them. Gathered inside SQLite into a few
//! values, like a board's: a comparison reads hundreds of thousands.

use chairside_sync::body::Day;
use chairside_sync::digest::DayRows;
use chairside_sync::gathered::{self, Gathered};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::cells::damaged;
use crate::error::StoreError;

/// The rows of a day, by id: visits of every status, blockouts that stand.
pub async fn day(conn: &mut SqliteConnection, day: Day) -> Result<DayRows, StoreError> {
    let (ids, visits, blockouts): ([Option<Vec<u8>>; 4], String, String) = {
        let row = sqlx::query(
            "SELECT visits.*, \
                 (SELECT json_group_array(json_array(hex(id), iif(practitioner IS NULL, NULL, hex(practitioner)), \
                     iif(chair IS NULL, NULL, hex(chair)), start_s, end_s, for_emergencies)) \
                 FROM blockout WHERE day = ?1 AND lifted = 0) \
             FROM (SELECT group_concat(id, ''), group_concat(practitioner, ''), group_concat(kind, ''), \
                 group_concat(patient, ''), json_group_array(json_array(version, \
                 iif(chair IS NULL, NULL, hex(chair)), status, local_s, zone, start_s, end_s)) \
                 FROM appointment WHERE day = ?1) visits",
        )
        .bind(day)
        .fetch_one(conn)
        .await?;
        let ids = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?];
        (ids, row.try_get(4)?, row.try_get(5)?)
    };
    let ids = ids.map(Option::unwrap_or_default);
    Ok(DayRows {
        appointments: whole("appointment", gathered::visits(day, &ids, &visits))?,
        blockouts: whole("blockout", gathered::blockouts(day, &blockouts))?,
    })
}

/// Every row of a day, or none: what is told of it has to be all.
fn whole<T>(table: &'static str, read: Result<Gathered<T>, gathered::Unreadable>) -> Result<Vec<T>, StoreError> {
    let read = read.ok().filter(|gathered| gathered.unreadable.is_empty());
    read.map(|gathered| gathered.rows).ok_or_else(|| damaged(table, "one of a day"))
}
