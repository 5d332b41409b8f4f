//! Patients' rows.

use chairside_schedule::id::PatientId;
use chairside_schedule::patient::{Birth, Gender, Patient, Personnummer, PhoneNumber};
use chairside_schedule::{Appointment, Status};
use chrono::NaiveDate;
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::cells::{Cells, damaged};
use crate::error::StoreError;
use crate::tx::day;

/// The columns of a patient, in the order [`from_cells`] reads them.
macro_rules! patient_columns {
    () => {
        "p.id, p.version, p.given, p.family, p.personnummer, p.birth_day, p.birth_year, p.phone, p.email, p.gender, \
         p.alert, p.note, p.protected, p.guardian, p.active, p.external_id, p.created_s"
    };
}
pub(crate) use patient_columns;

/// A patient from the cells of [`patient_columns`].
pub fn from_cells(cells: &mut Cells<'_>) -> Result<Patient, StoreError> {
    Ok(Patient {
        id: cells.id()?,
        version: cells.number()?,
        given: cells.text()?,
        family: cells.text()?,
        personnummer: cells.optional_word(|digits| Personnummer::try_from(digits.to_owned()).ok())?,
        birth: birth(cells.optional_day()?, cells.optional_number()?),
        phone: cells.optional_word(|text| PhoneNumber::parse(text).ok())?,
        email: cells.text()?,
        gender: cells.word(Gender::parse)?,
        alert: cells.text()?,
        note: cells.text()?,
        protected: cells.flag()?,
        guardian: cells.optional_id()?,
        active: cells.flag()?,
        external_id: cells.optional_text()?,
        created_at: cells.instant()?,
    })
}

fn birth(day: Option<NaiveDate>, year: Option<i32>) -> Option<Birth> {
    day.map(Birth::Date).or(year.map(Birth::Year))
}

fn from_row(row: &SqliteRow) -> Result<Patient, StoreError> {
    from_cells(&mut Cells::new("patient", row, 0))
}

pub async fn by_id(conn: &mut SqliteConnection, id: PatientId) -> Result<Option<Patient>, StoreError> {
    let row = sqlx::query(concat!("SELECT ", patient_columns!(), " FROM patient p WHERE id = ?"))
        .bind(id.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(from_row).transpose()
}

pub async fn each<E: From<StoreError>>(
    conn: &mut SqliteConnection,
    mut each: impl FnMut(Patient) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows =
        sqlx::query(concat!("SELECT ", patient_columns!(), " FROM patient p ORDER BY created_s, id")).fetch(conn);
    while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
        each(from_row(&row)?)?;
    }
    Ok(())
}

/// How many cells [`insert`] binds for one patient.
const CELLS: usize = 18;

pub async fn insert(conn: &mut SqliteConnection, patient: &Patient, recency: i64) -> Result<(), StoreError> {
    insert_many(conn, &[(patient, recency)]).await
}

/// Inserts patients, a few hundred at most, with their places in the search.
pub async fn insert_many(conn: &mut SqliteConnection, patients: &[(&Patient, i64)]) -> Result<(), StoreError> {
    debug_assert!(patients.len() * CELLS < 32_766);
    let mut insert = sqlx::QueryBuilder::new(
        "INSERT INTO patient (id, version, given, family, personnummer, birth_day, birth_year, phone, email, gender, \
         alert, note, protected, guardian, active, external_id, created_s, recency) ",
    );
    insert.push_values(patients, |mut row, (patient, recency)| {
        row.push_bind(patient.id.bytes().as_slice())
            .push_bind(patient.version)
            .push_bind(&patient.given)
            .push_bind(&patient.family)
            .push_bind(patient.personnummer.as_ref().map(|number| number.digits().to_owned()))
            .push_bind(birth_day(patient))
            .push_bind(birth_year(patient))
            .push_bind(patient.phone.as_ref().map(|number| number.as_str().to_owned()))
            .push_bind(&patient.email)
            .push_bind(patient.gender.as_str())
            .push_bind(&patient.alert)
            .push_bind(&patient.note)
            .push_bind(patient.protected)
            .push_bind(patient.guardian.map(|id| id.bytes().to_vec()))
            .push_bind(patient.active)
            .push_bind(patient.external_id.as_deref())
            .push_bind(patient.created_at.0)
            .push_bind(*recency);
    });
    insert.build().persistent(patients.len() == 1).execute(conn).await?;
    Ok(())
}

pub async fn update(conn: &mut SqliteConnection, patient: &Patient) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE patient SET version = ?, given = ?, family = ?, personnummer = ?, birth_day = ?, birth_year = ?, \
         phone = ?, email = ?, gender = ?, alert = ?, note = ?, protected = ?, guardian = ?, active = ?, \
         external_id = ? WHERE id = ?",
    )
    .bind(patient.version)
    .bind(&patient.given)
    .bind(&patient.family)
    .bind(patient.personnummer.as_ref().map(|number| number.digits().to_owned()))
    .bind(birth_day(patient))
    .bind(birth_year(patient))
    .bind(patient.phone.as_ref().map(|number| number.as_str().to_owned()))
    .bind(&patient.email)
    .bind(patient.gender.as_str())
    .bind(&patient.alert)
    .bind(&patient.note)
    .bind(patient.protected)
    .bind(patient.guardian.map(|id| id.bytes().to_vec()))
    .bind(patient.active)
    .bind(patient.external_id.as_deref())
    .bind(patient.id.bytes().as_slice())
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(damaged("patient", "id")) }
}

/// Which of these patients are there already.
pub async fn known(conn: &mut SqliteConnection, ids: &[PatientId]) -> Result<Vec<PatientId>, StoreError> {
    super::known(conn, "SELECT id FROM patient WHERE id IN (", ids.iter().map(|id| id.bytes().as_slice())).await
}

/// What one visit adds to its patient's standing: whether it was missed, and
/// the day they were here for it.
pub fn standing(visit: &Appointment) -> (bool, Option<i32>) {
    let came = matches!(visit.status, Status::Arrived | Status::CheckedIn | Status::Fulfilled);
    (visit.status == Status::Noshow, came.then(|| day(visit.time.day())))
}

/// Counts a patient's standing anew from all their visits.
pub async fn recount_standing(conn: &mut SqliteConnection, id: PatientId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE patient SET (missed, last_seen_day) = ( \
             SELECT coalesce(sum(a.status = 'noshow'), 0), \
                 max(CASE WHEN a.status IN ('arrived', 'checked-in', 'fulfilled') THEN a.day END) \
             FROM appointment a WHERE a.patient = ?1) \
         WHERE id = ?1",
    )
    .bind(id.bytes().as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds new visits' part to the standing of at most a few hundred patients:
/// how many they missed, and the latest day they came.
pub async fn add_to_standing(
    conn: &mut SqliteConnection,
    more: &[(PatientId, (u32, Option<i32>))],
) -> Result<(), StoreError> {
    let mut update = sqlx::QueryBuilder::new(
        "UPDATE patient SET missed = missed + more.column2, \
         last_seen_day = coalesce(max(last_seen_day, more.column3), last_seen_day, more.column3) FROM (",
    );
    update.push_values(more, |mut row, (id, (missed, last_seen))| {
        row.push_bind(id.bytes().as_slice()).push_bind(*missed).push_bind(*last_seen);
    });
    update.push(") AS more WHERE patient.id = more.column1");
    update.build().persistent(false).execute(conn).await?;
    Ok(())
}

fn birth_day(patient: &Patient) -> Option<i32> {
    match patient.birth {
        Some(Birth::Date(date)) => Some(day(date)),
        _ => None,
    }
}

fn birth_year(patient: &Patient) -> Option<i32> {
    match patient.birth {
        Some(Birth::Year(year)) => Some(year),
        _ => None,
    }
}

/// Whether another patient than `but` has this personnummer.
pub async fn has_personnummer(
    conn: &mut SqliteConnection,
    number: &Personnummer,
    but: PatientId,
) -> Result<bool, StoreError> {
    let there: Option<i64> = sqlx::query_scalar("SELECT 1 FROM patient WHERE personnummer = ? AND id <> ? LIMIT 1")
        .bind(number.digits().to_owned())
        .bind(but.bytes().as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(there.is_some())
}
