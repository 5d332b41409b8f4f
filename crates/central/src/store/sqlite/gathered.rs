//! Rows of many days at once. SQLite gathers a day into a few values, which
//! cross over several times faster than row by row, cell by cell: ids as bytes,
//! one behind the other, all else as JSON. A comparison reads hundreds of
//! thousands.

use std::fmt;

use chairside_schedule::ClinicId;
use chairside_sync::body::{AppointmentRow, BlockoutRow, Day, Id, Window};
use futures_util::TryStreamExt;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::cells::{Cells, damaged};
use crate::store::StorageError;

/// Hands every day's visits, in the order of their ids, to `each`. What can't
/// be read is passed over: whoever compares finds that it is missing, and it is
/// sent again.
pub async fn each_day(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    days: Window,
    mut each: impl FnMut(Day, Vec<AppointmentRow>),
) -> Result<(), StorageError> {
    let mut rows = sqlx::query(
        "SELECT day, group_concat(id, ''), group_concat(practitioner, ''), group_concat(kind, ''), \
             group_concat(patient, ''), json_group_array(json_array(version, iif(chair IS NULL, NULL, hex(chair)), \
             status, local_s, zone, start_s, end_s)) \
         FROM appointment WHERE clinic = ? AND day >= ? AND day < ? GROUP BY day ORDER BY day",
    )
    .bind(clinic.bytes().as_slice())
    .bind(days.from)
    .bind(days.to)
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let mut cells = Cells::new("appointment", &row);
        let day = cells.number()?;
        match visits(clinic, day, &mut cells) {
            Ok(mut visits) => {
                visits.sort_unstable_by_key(|row| row.id);
                each(day, visits);
            }
            Err(error) => tracing::warn!(%clinic, day, %error, "a day can't be read"),
        }
    }
    Ok(())
}

/// The blockouts of these days, in the order of days and ids.
pub async fn blockouts(
    conn: &mut SqliteConnection,
    clinic: ClinicId,
    days: Window,
) -> Result<Vec<BlockoutRow>, StorageError> {
    let mut rows = sqlx::query(
        "SELECT day, json_group_array(json_array(hex(id), iif(practitioner IS NULL, NULL, hex(practitioner)), \
             iif(chair IS NULL, NULL, hex(chair)), start_s, end_s, for_emergencies)) \
         FROM blockout WHERE clinic = ? AND day >= ? AND day < ? GROUP BY day ORDER BY day",
    )
    .bind(clinic.bytes().as_slice())
    .bind(days.from)
    .bind(days.to)
    .fetch(conn);
    let mut all = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let (day, lines) = blockouts_of(clinic, &row)?;
        all.extend(lines.into_iter().flatten().map(|blockout| blockout.on(day)));
    }
    all.sort_unstable_by_key(|row| (row.day, row.id));
    Ok(all)
}

/// The visits of a day: four ids of each and a line of the rest.
fn visits(clinic: ClinicId, day: Day, cells: &mut Cells<'_>) -> Result<Vec<AppointmentRow>, StorageError> {
    let ids = [cells.bytes()?, cells.bytes()?, cells.bytes()?, cells.bytes()?];
    let text = cells.text()?;
    match serde_json::from_str::<Vec<Visit<&str>>>(&text) {
        Ok(lines) => together(day, &ids, lines.into_iter().map(Some)),
        Err(_) => together(day, &ids, each_line::<Visit<String>>(clinic, day, &text).into_iter()),
    }
}

fn together<S: Into<String>>(
    day: Day,
    ids: &[Vec<u8>; 4],
    lines: impl ExactSizeIterator<Item = Option<Visit<S>>>,
) -> Result<Vec<AppointmentRow>, StorageError> {
    // Where one isn't as long as it should be, nobody knows whose the others are.
    if ids.iter().any(|all| all.len() != lines.len() * size_of::<Id>()) {
        return Err(damaged("appointment", "an id"));
    }
    let [ids, practitioners, kinds, patients] = ids.each_ref().map(|all| all.as_chunks::<{ size_of::<Id>() }>().0);
    let ids = ids.iter().zip(practitioners).zip(kinds).zip(patients);
    let rows = ids.zip(lines).filter_map(|((((id, practitioner), kind), patient), line)| {
        let Visit(version, chair, status, local_s, zone, start_s, end_s) = line?;
        Some(AppointmentRow {
            id: Id::from(*id),
            version,
            practitioner: Id::from(*practitioner),
            chair: chair.map(|chair| chair.0),
            kind: Id::from(*kind),
            status: status.into(),
            day,
            local_s,
            zone: zone.into(),
            start_s,
            end_s,
            patient: Id::from(*patient),
        })
    });
    Ok(rows.collect())
}

fn blockouts_of(clinic: ClinicId, row: &SqliteRow) -> Result<(Day, Vec<Option<Blockout>>), StorageError> {
    let mut cells = Cells::new("blockout", row);
    let day = cells.number()?;
    let text = match cells.text() {
        Ok(text) => text,
        Err(error) => {
            tracing::warn!(%clinic, day, %error, "a day can't be read");
            return Ok((day, Vec::new()));
        }
    };
    Ok(match serde_json::from_str::<Vec<Blockout>>(&text) {
        Ok(lines) => (day, lines.into_iter().map(Some).collect()),
        Err(_) => (day, each_line(clinic, day, &text)),
    })
}

/// Each line that can be read, in its place: one that is damaged leaves the others be.
fn each_line<T: DeserializeOwned>(clinic: ClinicId, day: Day, text: &str) -> Vec<Option<T>> {
    let lines: Vec<Value> = match serde_json::from_str(text) {
        Ok(lines) => lines,
        Err(error) => {
            // Such a day differs from the clinic's, and is sent again.
            tracing::warn!(%clinic, day, %error, "a day can't be read");
            return Vec::new();
        }
    };
    let read = |line| {
        serde_json::from_value(line)
            .inspect_err(|error| tracing::warn!(%clinic, day, %error, "a row can't be read"))
            .ok()
    };
    lines.into_iter().map(read).collect()
}

/// What is no id of one visit of [`each_day`], cell by cell in the order of its statement.
#[derive(Deserialize)]
struct Visit<S>(u32, Option<Hex>, S, i64, S, i64, i64);

/// One blockout of [`blockouts`].
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
        deserializer.deserialize_str(HexVisitor)
    }
}

struct HexVisitor;

impl Visitor<'_> for HexVisitor {
    type Value = Hex;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 hexadecimal digits")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hex, E> {
        let id = Uuid::try_parse_ascii(text.as_bytes()).map_err(E::custom)?;
        Ok(Hex(Id::from(id.into_bytes())))
    }
}
