//! Visits' rows.

use chairside_schedule::Appointment;
use chairside_schedule::appointment::{Cancellation, CancelledBy, Flags, Source, Status, VisitTime};
use chairside_schedule::id::{AppointmentId, PatientId};
use chairside_schedule::time::{Interval, day_from_number};
use chairside_sync::Hash;
use chairside_sync::body::Day;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use futures_util::TryStreamExt;
use sqlx::query_builder::Separated;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite};

use super::cells::{Cells, damaged};
use super::patients::{self, patient_columns};
use crate::error::StoreError;
use crate::tx::{Glance, day};

/// The columns of a visit, in the order [`from_cells`] reads them.
macro_rules! columns {
    () => {
        "a.id, a.version, a.patient, a.practitioner, a.chair, a.kind, a.local_s, a.zone, a.minutes, a.start_s, \
         a.end_s, a.status, a.confirmed, a.note, a.source, a.overbooked, a.cancelled_by, a.cancelled_reason, \
         a.arrived_s, a.seated_s, a.done_s, a.left_s, a.follows, a.created_s, a.external_id, a.flags"
    };
}

/// A condition that holds for statuses that take time; the same as [`Status::occupies`].
macro_rules! occupies {
    () => {
        "a.status IN ('booked', 'fulfilled', 'arrived', 'checked-in', 'pending')"
    };
}
pub(crate) use occupies;

fn from_cells(cells: &mut Cells<'_>) -> Result<Appointment, StoreError> {
    Ok(Appointment {
        id: cells.id()?,
        version: cells.number()?,
        patient: cells.id()?,
        practitioner: cells.id()?,
        chair: cells.optional_id()?,
        kind: cells.id()?,
        time: {
            let local =
                DateTime::from_timestamp(cells.number()?, 0).ok_or_else(|| damaged("appointment", "local_s"))?;
            VisitTime {
                local: local.naive_utc(),
                zone: cells.word(|name| name.parse::<Tz>().ok())?,
                minutes: cells.number()?,
                interval: Interval::new(cells.instant()?, cells.instant()?)
                    .ok_or_else(|| damaged("appointment", "end_s"))?,
            }
        },
        status: cells.word(Status::parse)?,
        confirmed: cells.flag()?,
        note: cells.text()?,
        source: cells.word(Source::parse)?,
        overbooked: cells.optional_text()?,
        cancellation: match (cells.optional_word(CancelledBy::parse)?, cells.optional_text()?) {
            (Some(by), Some(reason)) => Some(Cancellation { by, reason }),
            _ => None,
        },
        arrived_at: cells.optional_instant()?,
        seated_at: cells.optional_instant()?,
        done_at: cells.optional_instant()?,
        left_at: cells.optional_instant()?,
        follows: cells.optional_id()?,
        created_at: cells.instant()?,
        external_id: cells.optional_text()?,
        flags: Flags(cells.number()?),
    })
}

fn from_row(row: &SqliteRow) -> Result<Appointment, StoreError> {
    from_cells(&mut Cells::new("appointment", row, 0))
}

fn from_rows(rows: &[SqliteRow]) -> Result<Vec<Appointment>, StoreError> {
    rows.iter().map(from_row).collect()
}

pub async fn by_id(conn: &mut SqliteConnection, id: AppointmentId) -> Result<Option<Appointment>, StoreError> {
    let row = sqlx::query(concat!("SELECT ", columns!(), " FROM appointment a WHERE a.id = ?"))
        .bind(id.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The hash of what was wished under this id: `None` if there is no such
/// visit, `Some(None)` for one that came by import.
pub async fn wish(conn: &mut SqliteConnection, id: AppointmentId) -> Result<Option<Option<Hash>>, StoreError> {
    let row = sqlx::query("SELECT wish FROM appointment WHERE id = ?")
        .bind(id.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| row.get::<Option<&[u8]>, _>(0).and_then(Hash::from_slice)))
}

pub async fn of_day(conn: &mut SqliteConnection, date: NaiveDate) -> Result<Vec<Appointment>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment a WHERE a.day = ? ORDER BY a.practitioner, a.start_s, a.id"
    ))
    .bind(day(date))
    .fetch_all(conn)
    .await?;
    from_rows(&rows)
}

/// The first day with visits that isn't before this one.
pub async fn next_day(conn: &mut SqliteConnection, from: Day) -> Result<Option<NaiveDate>, StoreError> {
    let found: Option<i32> =
        sqlx::query_scalar("SELECT min(day) FROM appointment WHERE day >= ?").bind(from).fetch_one(conn).await?;
    found.map(|day| day_from_number(day).ok_or_else(|| damaged("appointment", "day"))).transpose()
}

/// What a single look says of the place a new visit wants.
pub async fn glance(conn: &mut SqliteConnection, visit: &Appointment) -> Result<Glance, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT EXISTS (SELECT 1 FROM appointment WHERE id = ?5), \
         EXISTS (SELECT 1 FROM appointment a WHERE a.day IN (?1 - 1, ?1, ?1 + 1) AND a.practitioner = ?2 \
             AND a.start_s < ?4 AND a.end_s > ?3 AND ",
        occupies!(),
        ") OR EXISTS (SELECT 1 FROM appointment a WHERE a.patient = ?6 AND a.day BETWEEN ?1 - 1 AND ?1 + 1 \
             AND a.start_s < ?4 AND a.end_s > ?3 AND ",
        occupies!(),
        ") OR EXISTS (SELECT 1 FROM appointment a WHERE a.chair = ?7 AND a.day BETWEEN ?1 - 1 AND ?1 + 1 \
             AND a.start_s < ?4 AND a.end_s > ?3 AND ",
        occupies!(),
        ") OR EXISTS (SELECT 1 FROM blockout WHERE day BETWEEN ?1 - 1 AND ?1 + 1 AND lifted = 0), ",
        patient_columns!(),
        " FROM (SELECT 1) LEFT JOIN patient p ON p.id = ?6"
    ))
    .bind(day(visit.time.day()))
    .bind(visit.practitioner.bytes().as_slice())
    .bind(visit.time.interval.start.0)
    .bind(visit.time.interval.end.0)
    .bind(visit.id.bytes().as_slice())
    .bind(visit.patient.bytes().as_slice())
    .bind(visit.chair.map(|chair| chair.bytes().to_vec()))
    .fetch_one(conn)
    .await?;
    let is_patient = row.get::<Option<&[u8]>, _>(2).is_some();
    Ok(Glance {
        known: row.get(0),
        crowded: row.get(1),
        patient: is_patient.then(|| patients::from_cells(&mut Cells::new("patient", &row, 2))).transpose()?,
    })
}

/// Occupying visits of the day before that reach into `date`.
pub async fn over_midnight(conn: &mut SqliteConnection, date: NaiveDate) -> Result<Vec<Appointment>, StoreError> {
    // By the clock on the wall a visit reaches past midnight where its length does, but for the nights on
    // which clocks change; an hour's grace leaves the exact answer to whoever compares intervals.
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment a WHERE a.day = ?1 - 1 AND a.local_s + (a.end_s - a.start_s) + 3600 > ?1 * 86400 AND ",
        occupies!(),
        " ORDER BY a.practitioner, a.start_s, a.id"
    ))
    .bind(day(date))
    .fetch_all(conn)
    .await?;
    from_rows(&rows)
}

/// Occupying visits whose time meets `visit`'s and that share its
/// practitioner, chair or patient, itself left out.
pub async fn around(conn: &mut SqliteConnection, visit: &Appointment) -> Result<Vec<Appointment>, StoreError> {
    // A visit is at most a day long, so it meets only those of the days beside it.
    let today = day(visit.time.day());
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment a WHERE a.day IN (?1 - 1, ?1, ?1 + 1) AND a.practitioner = ?2 AND a.start_s < ?4 \
         AND a.end_s > ?3 AND a.id <> ?5 AND ",
        occupies!(),
        " UNION ALL SELECT ",
        columns!(),
        " FROM appointment a WHERE a.patient = ?6 AND a.day BETWEEN ?1 - 1 AND ?1 + 1 AND a.start_s < ?4 \
         AND a.end_s > ?3 AND a.id <> ?5 AND a.practitioner <> ?2 AND ",
        occupies!(),
        " UNION ALL SELECT ",
        columns!(),
        " FROM appointment a WHERE a.chair = ?7 AND a.day BETWEEN ?1 - 1 AND ?1 + 1 AND a.start_s < ?4 \
         AND a.end_s > ?3 AND a.id <> ?5 AND a.practitioner <> ?2 AND a.patient <> ?6 AND ",
        occupies!(),
    ))
    .bind(today)
    .bind(visit.practitioner.bytes().as_slice())
    .bind(visit.time.interval.start.0)
    .bind(visit.time.interval.end.0)
    .bind(visit.id.bytes().as_slice())
    .bind(visit.patient.bytes().as_slice())
    .bind(visit.chair.map(|chair| chair.bytes().to_vec()))
    .fetch_all(conn)
    .await?;
    from_rows(&rows)
}

pub async fn of_patient(
    conn: &mut SqliteConnection,
    patient: PatientId,
    from: NaiveDate,
    ahead: bool,
    limit: u32,
) -> Result<Vec<Appointment>, StoreError> {
    let statement = if ahead {
        concat!(
            "SELECT ",
            columns!(),
            " FROM appointment a WHERE a.patient = ? AND a.day >= ? ORDER BY a.day, a.start_s LIMIT ?"
        )
    } else {
        concat!(
            "SELECT ",
            columns!(),
            " FROM appointment a WHERE a.patient = ? AND a.day < ? ORDER BY a.day DESC, a.start_s DESC LIMIT ?"
        )
    };
    let rows =
        sqlx::query(statement).bind(patient.bytes().as_slice()).bind(day(from)).bind(limit).fetch_all(conn).await?;
    from_rows(&rows)
}

pub async fn days(conn: &mut SqliteConnection) -> Result<Option<(NaiveDate, NaiveDate)>, StoreError> {
    let row = sqlx::query("SELECT (SELECT min(day) FROM appointment), (SELECT max(day) FROM appointment)")
        .fetch_one(conn)
        .await?;
    let day = |at: usize| row.get::<Option<i32>, _>(at).and_then(day_from_number);
    Ok(day(0).zip(day(1)))
}

pub async fn each<E: From<StoreError>>(
    conn: &mut SqliteConnection,
    mut each: impl FnMut(Appointment) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM appointment a ORDER BY a.day, a.practitioner, a.start_s, a.id"
    ))
    .fetch(conn);
    while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
        each(from_row(&row)?)?;
    }
    Ok(())
}

/// How many cells one visit binds when it is inserted.
const CELLS: usize = 28;

/// SQLite takes 32,766 bound values a statement; this many rows stay far below.
pub const ROWS_A_STATEMENT: usize = 300;

/// The columns in the order [`push_cells`] binds them.
const INSERT: &str = "INSERT INTO appointment (id, version, patient, practitioner, chair, kind, day, local_s, zone, \
    minutes, start_s, end_s, status, confirmed, note, source, overbooked, cancelled_by, cancelled_reason, arrived_s, \
    seated_s, done_s, left_s, follows, created_s, external_id, flags, wish) ";

fn push_cells(row: &mut Separated<'_, Sqlite, &'static str>, visit: &Appointment, wish: Option<Hash>) {
    let (by, reason) = cancellation(visit);
    row.push_bind(visit.id.bytes().to_vec())
        .push_bind(visit.version)
        .push_bind(visit.patient.bytes().to_vec())
        .push_bind(visit.practitioner.bytes().to_vec())
        .push_bind(visit.chair.map(|chair| chair.bytes().to_vec()))
        .push_bind(visit.kind.bytes().to_vec())
        .push_bind(day(visit.time.day()))
        .push_bind(visit.time.local.and_utc().timestamp())
        .push_bind(visit.time.zone.name())
        .push_bind(visit.time.minutes)
        .push_bind(visit.time.interval.start.0)
        .push_bind(visit.time.interval.end.0)
        .push_bind(visit.status.as_str())
        .push_bind(visit.confirmed)
        .push_bind(visit.note.clone())
        .push_bind(visit.source.as_str())
        .push_bind(visit.overbooked.clone())
        .push_bind(by)
        .push_bind(reason.map(str::to_owned))
        .push_bind(visit.arrived_at.map(|at| at.0))
        .push_bind(visit.seated_at.map(|at| at.0))
        .push_bind(visit.done_at.map(|at| at.0))
        .push_bind(visit.left_at.map(|at| at.0))
        .push_bind(visit.follows.map(|id| id.bytes().to_vec()))
        .push_bind(visit.created_at.0)
        .push_bind(visit.external_id.clone())
        .push_bind(visit.flags.0)
        .push_bind(wish.map(|hash| hash.0.to_vec()));
}

pub async fn insert(conn: &mut SqliteConnection, visit: &Appointment, wish: Option<Hash>) -> Result<(), StoreError> {
    insert_many(conn, std::slice::from_ref(visit), wish).await
}

/// Inserts up to [`ROWS_A_STATEMENT`] visits.
pub async fn insert_many(
    conn: &mut SqliteConnection,
    visits: &[Appointment],
    wish: Option<Hash>,
) -> Result<(), StoreError> {
    debug_assert!(visits.len() * CELLS < 32_766);
    let mut insert = QueryBuilder::new(INSERT);
    insert.push_values(visits, |mut row, visit| push_cells(&mut row, visit, wish));
    // A long import sends the same full statement over and over.
    let again = visits.len() == 1 || visits.len() == ROWS_A_STATEMENT;
    insert.build().persistent(again).execute(conn).await?;
    Ok(())
}

/// Inserts a visit where nothing occupies its practitioner or chair then;
/// `false`, and nothing is written, where something does.
pub async fn insert_where_free(
    conn: &mut SqliteConnection,
    visit: &Appointment,
    wish: Option<Hash>,
) -> Result<bool, StoreError> {
    let mut insert = QueryBuilder::new(INSERT);
    insert.push("SELECT ");
    push_cells(&mut insert.separated(", "), visit, wish);
    let (today, time) = (day(visit.time.day()), visit.time.interval);
    let meets = |insert: &mut QueryBuilder<Sqlite>| {
        insert.push(" AND a.start_s < ").push_bind(time.end.0).push(" AND a.end_s > ").push_bind(time.start.0);
        insert.push(concat!(" AND ", occupies!(), ")"));
    };
    insert.push(" WHERE NOT EXISTS (SELECT 1 FROM appointment a WHERE a.practitioner = ");
    insert.push_bind(visit.practitioner.bytes().to_vec()).push(" AND a.day IN (");
    insert.separated(", ").push_bind(today - 1).push_bind(today).push_bind(today + 1);
    insert.push(")");
    meets(&mut insert);
    if let Some(chair) = visit.chair {
        insert.push(" AND NOT EXISTS (SELECT 1 FROM appointment a WHERE a.chair = ");
        insert.push_bind(chair.bytes().to_vec()).push(" AND a.day BETWEEN ").push_bind(today - 1);
        insert.push(" AND ").push_bind(today + 1);
        meets(&mut insert);
    }
    let done = insert.build().execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Writes `after` over `before`; `false` if another version stands there.
pub async fn update(
    conn: &mut SqliteConnection,
    before: &Appointment,
    after: &Appointment,
) -> Result<bool, StoreError> {
    let (by, reason) = cancellation(after);
    let done = sqlx::query(
        "UPDATE appointment SET version = ?, patient = ?, practitioner = ?, chair = ?, kind = ?, day = ?, local_s = ?, \
         zone = ?, minutes = ?, start_s = ?, end_s = ?, status = ?, confirmed = ?, note = ?, source = ?, overbooked = ?, \
         cancelled_by = ?, cancelled_reason = ?, arrived_s = ?, seated_s = ?, done_s = ?, left_s = ?, flags = ? \
         WHERE id = ? AND version = ?",
    )
    .bind(after.version)
    .bind(after.patient.bytes().as_slice())
    .bind(after.practitioner.bytes().as_slice())
    .bind(after.chair.map(|chair| chair.bytes().to_vec()))
    .bind(after.kind.bytes().as_slice())
    .bind(day(after.time.day()))
    .bind(after.time.local.and_utc().timestamp())
    .bind(after.time.zone.name())
    .bind(after.time.minutes)
    .bind(after.time.interval.start.0)
    .bind(after.time.interval.end.0)
    .bind(after.status.as_str())
    .bind(after.confirmed)
    .bind(after.note.as_str())
    .bind(after.source.as_str())
    .bind(after.overbooked.as_deref())
    .bind(by)
    .bind(reason)
    .bind(after.arrived_at.map(|at| at.0))
    .bind(after.seated_at.map(|at| at.0))
    .bind(after.done_at.map(|at| at.0))
    .bind(after.left_at.map(|at| at.0))
    .bind(after.flags.0)
    .bind(after.id.bytes().as_slice())
    .bind(before.version)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn cancellation(visit: &Appointment) -> (Option<&'static str>, Option<&str>) {
    match &visit.cancellation {
        Some(cancellation) => (Some(cancellation.by.as_str()), Some(&cancellation.reason)),
        None => (None, None),
    }
}

/// Which of these visits are there already.
pub async fn known(conn: &mut SqliteConnection, ids: &[AppointmentId]) -> Result<Vec<AppointmentId>, StoreError> {
    super::known(conn, "SELECT id FROM appointment WHERE id IN (", ids.iter().map(|id| id.bytes().as_slice())).await
}

/// Drops the table's indexes, all but its own order, and answers the
/// statements that make them.
pub async fn drop_indexes(conn: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'appointment' AND sql IS NOT NULL",
    )
    .fetch_all(&mut *conn)
    .await?;
    for (name, _) in &indexes {
        // A name of the schema's own.
        sqlx::query(AssertSqlSafe(format!("DROP INDEX \"{name}\""))).execute(&mut *conn).await?;
    }
    Ok(indexes.into_iter().map(|(_, statement)| statement).collect())
}

/// Makes again what [`drop_indexes`] dropped.
pub async fn restore_indexes(conn: &mut SqliteConnection, statements: Vec<String>) -> Result<(), StoreError> {
    for statement in statements {
        // As the schema had it.
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    Ok(())
}
