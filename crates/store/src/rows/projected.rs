//! A day's rows as mirrors may see them. Gathered inside SQLite into one text,
//! like a board's: a comparison reads hundreds of thousands.

use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Id};
use chairside_sync::digest::DayRows;
use serde::{Deserialize, Deserializer};
use sqlx::sqlite::SqliteConnection;

use super::cells::damaged;
use crate::error::StoreError;

/// The rows of a day, by id: visits of every status, blockouts that stand.
pub async fn day(conn: &mut SqliteConnection, day: Day) -> Result<DayRows, StoreError> {
    let (visits, blockouts): (String, String) = sqlx::query_as(
        "SELECT (SELECT json_group_array(json_array(hex(id), version, hex(practitioner), \
                 iif(chair IS NULL, NULL, hex(chair)), hex(kind), status, local_s, zone, start_s, end_s, \
                 hex(patient))) FROM appointment WHERE day = ?1), \
             (SELECT json_group_array(json_array(hex(id), iif(practitioner IS NULL, NULL, hex(practitioner)), \
                 iif(chair IS NULL, NULL, hex(chair)), start_s, end_s, for_emergencies)) \
             FROM blockout WHERE day = ?1 AND lifted = 0)",
    )
    .bind(day)
    .fetch_one(conn)
    .await?;
    let visits: Vec<Visit<'_>> = serde_json::from_str(&visits).map_err(|_| damaged("appointment", "one of a day"))?;
    let blockouts: Vec<Blockout> = serde_json::from_str(&blockouts).map_err(|_| damaged("blockout", "one of a day"))?;
    let mut rows = DayRows {
        appointments: visits.into_iter().map(|visit| visit.on(day)).collect(),
        blockouts: blockouts.into_iter().map(|blockout| blockout.on(day)).collect(),
    };
    rows.appointments.sort_unstable_by_key(|row| row.id);
    rows.blockouts.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// One visit of [`day`], cell by cell in the order of its statement.
#[derive(Deserialize)]
struct Visit<'a>(Hex, u32, Hex, Option<Hex>, Hex, &'a str, i64, &'a str, i64, i64, Hex);

impl Visit<'_> {
    fn on(self, day: Day) -> AppointmentRow {
        let Self(id, version, practitioner, chair, kind, status, local_s, zone, start_s, end_s, patient) = self;
        AppointmentRow {
            id: id.0,
            version,
            practitioner: practitioner.0,
            chair: chair.map(|chair| chair.0),
            kind: kind.0,
            status: status.to_owned(),
            day,
            local_s,
            zone: zone.to_owned(),
            start_s,
            end_s,
            patient: patient.0,
        }
    }
}

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
