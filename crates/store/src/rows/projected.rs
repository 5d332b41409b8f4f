//! A day's rows as mirrors may see them. Gathered inside SQLite into a few
//! values, like a board's: a comparison reads hundreds of thousands.

use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Id};
use chairside_sync::digest::DayRows;
use serde::{Deserialize, Deserializer};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::cells::damaged;
use crate::error::StoreError;

/// The rows of a day, by id: visits of every status, blockouts that stand.
pub async fn day(conn: &mut SqliteConnection, day: Day) -> Result<DayRows, StoreError> {
    // The ids of all visits as bytes, one behind the other; what is no id as JSON.
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
    let blockouts: Vec<Blockout> = serde_json::from_str(&blockouts).map_err(|_| damaged("blockout", "one of a day"))?;
    let mut rows = DayRows {
        appointments: visits_of(day, &ids.map(Option::unwrap_or_default), &visits)?,
        blockouts: blockouts.into_iter().map(|blockout| blockout.on(day)).collect(),
    };
    rows.appointments.sort_unstable_by_key(|row| row.id);
    rows.blockouts.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// The visits whose ids (their own, practitioner, kind, patient) and whose rest these are.
fn visits_of(day: Day, ids: &[Vec<u8>; 4], rest: &str) -> Result<Vec<AppointmentRow>, StoreError> {
    let damaged = || damaged("appointment", "one of a day");
    let rest: Vec<Visit<'_>> = serde_json::from_str(rest).map_err(|_| damaged())?;
    // Where one isn't as long as it should be, nobody knows whose the others are.
    if ids.iter().any(|all| all.len() != rest.len() * size_of::<Id>()) {
        return Err(damaged());
    }
    let [ids, practitioners, kinds, patients] = ids.each_ref().map(|all| all.as_chunks::<{ size_of::<Id>() }>().0);
    let rows = ids.iter().zip(practitioners).zip(kinds).zip(patients).zip(rest);
    let rows = rows.map(|((((id, practitioner), kind), patient), rest)| {
        let Visit(version, chair, status, local_s, zone, start_s, end_s) = rest;
        AppointmentRow {
            id: Id::from(*id),
            version,
            practitioner: Id::from(*practitioner),
            chair: chair.map(|chair| chair.0),
            kind: Id::from(*kind),
            status: status.to_owned(),
            day,
            local_s,
            zone: zone.to_owned(),
            start_s,
            end_s,
            patient: Id::from(*patient),
        }
    });
    Ok(rows.collect())
}

/// What is no id of one visit of [`day`], cell by cell in the order of its statement.
#[derive(Deserialize)]
struct Visit<'a>(u32, Option<Hex>, &'a str, i64, &'a str, i64, i64);

/// One blockout of [`day`].
#[derive(Deserialize)]
struct Blockout(Hex, Option<Hex>, Option<Hex>, i64, i64, u8);

impl Blockout {
    fn on(self, day: Day) -> BlockoutRow {
        let Self(id, practitioner, chair, start_s, end_s, for_emergencies) = self;
        BlockoutRow {
            id: id.0,
            practitioner: practitioner.map(|id| id.0),
            chair: chair.map(|id| id.0),
            day,
            start_s,
            end_s,
            for_emergencies: for_emergencies != 0,
            lifted: false,
        }
    }
}

/// Sixteen bytes in SQLite's hexadecimal.
struct Hex(Id);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        let id = uuid::Uuid::try_parse_ascii(text.as_bytes()).map_err(serde::de::Error::custom)?;
        Ok(Self(Id::from(id.into_bytes())))
    }
}
