//! Finding patients as somebody types.
//!
//! Both indexes hold folded text under the patient's *recency* as their row:
//! walking a match backwards gives the most recent patients first, so the
//! limit is reached inside the index and nothing is sorted.

use std::collections::{BTreeSet, HashMap};

use chairside_schedule::id::PatientId;
use chairside_schedule::patient::{Birth, Patient};
use chairside_schedule::time::day_from_number;
use chrono::NaiveDate;
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::error::StoreError;
use crate::rows::cells::Cells;
use crate::rows::patients::{from_cells, patient_columns};

/// A patient in a list, with what lists say of them.
#[derive(Clone, Debug)]
pub struct Found {
    /// The patient.
    pub patient: Patient,
    /// The day of their latest visit that took place.
    pub last_seen: Option<NaiveDate>,
    /// How many visits they missed.
    pub missed: u32,
    /// Who answers for them.
    pub guardian: Option<Patient>,
}

/// Lower case without diacritics: what is indexed and what is looked for.
pub fn fold(text: &str) -> String {
    text.nfd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase).collect()
}

/// The words a query is made of.
fn terms(text: &str) -> Vec<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|term| !term.is_empty()).map(str::to_owned).collect()
}

/// Everything a patient may be looked up by, folded. Numbers stand in groups
/// and joined, so that both "0707-41" and "070741" find them.
fn indexed(patient: &Patient) -> String {
    let mut text = format!("{} {} {}", patient.given, patient.family, patient.email);
    let mut add = |part: &str| {
        text.push(' ');
        text.push_str(part);
    };
    if let Some(phone) = &patient.phone {
        add(phone.as_str());
        add(&phone.digits());
    }
    match patient.birth {
        Some(Birth::Date(date)) => {
            add(&date.format("%Y-%m-%d").to_string());
            add(&date.format("%Y%m%d").to_string());
            add(&date.format("%y%m%d").to_string());
        }
        Some(Birth::Year(year)) => add(&year.to_string()),
        None => {}
    }
    if let Some(number) = &patient.personnummer {
        add(number.digits());
        add(&number.digits()[2..]);
        add(&number.digits()[8..]);
    }
    if let Some(id) = &patient.external_id {
        add(id);
    }
    // One spelling of every gap, so that a trigram never spans words by chance.
    terms(&text).join(" ")
}

/// A number above every recency given so far.
pub(crate) async fn next_recency(conn: &mut SqliteConnection) -> Result<i64, StoreError> {
    let highest: Option<i64> = sqlx::query_scalar("SELECT max(recency) FROM patient").fetch_one(conn).await?;
    Ok(highest.unwrap_or(0) + 1)
}

/// Makes a patient findable.
pub(crate) async fn index(conn: &mut SqliteConnection, patient: &Patient, recency: i64) -> Result<(), StoreError> {
    index_many(conn, &[(patient, recency)]).await
}

/// Makes many patients findable, at most a few hundred a call.
pub(crate) async fn index_many(conn: &mut SqliteConnection, patients: &[(&Patient, i64)]) -> Result<(), StoreError> {
    for table in ["INSERT INTO patient_words (rowid, folded) ", "INSERT INTO patient_trigrams (rowid, folded) "] {
        let mut insert = sqlx::QueryBuilder::new(table);
        insert.push_values(patients, |mut row, (patient, recency)| {
            row.push_bind(*recency).push_bind(indexed(patient));
        });
        insert.build().persistent(patients.len() == 1).execute(&mut *conn).await?;
    }
    Ok(())
}

/// After a change of what they are looked up by.
pub(crate) async fn reindex(conn: &mut SqliteConnection, patient: &Patient) -> Result<(), StoreError> {
    let recency: i64 = sqlx::query_scalar("SELECT recency FROM patient WHERE id = ?")
        .bind(patient.id.bytes().as_slice())
        .fetch_one(&mut *conn)
        .await?;
    forget(conn, recency).await?;
    index(conn, patient, recency).await
}

/// They came to the desk: the most recent patient of all.
pub(crate) async fn seen_again(conn: &mut SqliteConnection, id: PatientId) -> Result<(), StoreError> {
    let Some(patient) = crate::rows::patients::by_id(conn, id).await? else { return Ok(()) };
    let before: i64 = sqlx::query_scalar("SELECT recency FROM patient WHERE id = ?")
        .bind(id.bytes().as_slice())
        .fetch_one(&mut *conn)
        .await?;
    let recency = next_recency(conn).await?;
    sqlx::query("UPDATE patient SET recency = ? WHERE id = ?")
        .bind(recency)
        .bind(id.bytes().as_slice())
        .execute(&mut *conn)
        .await?;
    forget(conn, before).await?;
    index(conn, &patient, recency).await
}

async fn forget(conn: &mut SqliteConnection, recency: i64) -> Result<(), StoreError> {
    for delete in ["DELETE FROM patient_words WHERE rowid = ?", "DELETE FROM patient_trigrams WHERE rowid = ?"] {
        sqlx::query(delete).bind(recency).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Patients by any part: those in whom every word typed begins a word first,
/// then those who merely contain it; the most recent first within each.
pub(crate) async fn find(conn: &mut SqliteConnection, text: &str, limit: u32) -> Result<Vec<Found>, StoreError> {
    let terms = terms(text);
    let mut recencies: Vec<i64> = if terms.is_empty() {
        sqlx::query_scalar("SELECT recency FROM patient ORDER BY recency DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?
    } else {
        let words: Vec<String> = terms.iter().map(|term| format!("\"{term}\"*")).collect();
        sqlx::query_scalar("SELECT rowid FROM patient_words WHERE patient_words MATCH ? ORDER BY rowid DESC LIMIT ?")
            .bind(words.join(" AND "))
            .bind(limit)
            .fetch_all(&mut *conn)
            .await?
    };
    let missing = limit as usize - recencies.len().min(limit as usize);
    if missing > 0 && terms.iter().any(|term| term.chars().count() >= 3) {
        anywhere(conn, &terms, limit, &mut recencies).await?;
    }
    describe(conn, &recencies).await
}

/// Adds those who contain every long word anywhere (and begin a word with
/// every short one), until there are `limit`.
async fn anywhere(
    conn: &mut SqliteConnection,
    terms: &[String],
    limit: u32,
    recencies: &mut Vec<i64>,
) -> Result<(), StoreError> {
    let (long, short): (Vec<_>, Vec<_>) = terms.iter().partition(|term| term.chars().count() >= 3);
    let trigrams: Vec<String> = long
        .iter()
        .flat_map(|term| {
            let letters: Vec<char> = term.chars().collect();
            letters.windows(3).map(|three| format!("\"{}\"", three.iter().collect::<String>())).collect::<Vec<_>>()
        })
        .collect();
    let fits = |patient: &Patient| {
        let text = indexed(patient);
        // People group digits as they like: a short group may stand inside a number.
        let has_short = |term: &str| {
            let digits = term.bytes().all(|byte| byte.is_ascii_digit());
            (digits && text.contains(term)) || text.split(' ').any(|word| word.starts_with(term))
        };
        long.iter().all(|term| text.contains(term.as_str())) && short.iter().all(|term| has_short(term))
    };
    // An AND of trigrams also finds them scattered; the text itself decides.
    // Where one trigram is all there is, whoever holds it fits.
    let is_exact = trigrams.len() == 1 && short.is_empty();
    let mut below = i64::MAX;
    loop {
        let page: Vec<i64> = sqlx::query_scalar(
            "SELECT rowid FROM patient_trigrams WHERE patient_trigrams MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
        )
        .bind(trigrams.join(" AND "))
        .bind(below)
        .bind(limit * 2)
        .fetch_all(&mut *conn)
        .await?;
        let Some(&last) = page.last() else { return Ok(()) };
        below = last;
        let mut fresh: Vec<i64> = page.into_iter().filter(|recency| !recencies.contains(recency)).collect();
        if !is_exact {
            let patients = patients_at(conn, &fresh).await?;
            fresh = patients.into_iter().filter(|(_, patient)| fits(patient)).map(|(recency, _)| recency).collect();
        }
        let missing = limit as usize - recencies.len();
        recencies.extend(fresh.into_iter().take(missing));
        if recencies.len() >= limit as usize {
            return Ok(());
        }
    }
}

async fn patients_at(conn: &mut SqliteConnection, recencies: &[i64]) -> Result<Vec<(i64, Patient)>, StoreError> {
    if recencies.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sqlx::QueryBuilder::new(concat!(
        "SELECT p.recency, ",
        patient_columns!(),
        " FROM patient p WHERE p.recency IN ("
    ));
    let mut list = query.separated(", ");
    for recency in recencies {
        list.push_bind(recency);
    }
    query.push(") ORDER BY p.recency DESC");
    let rows = query.build().persistent(false).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.get(0), from_cells(&mut Cells::new("patient", row, 1))?))).collect()
}

async fn describe(conn: &mut SqliteConnection, recencies: &[i64]) -> Result<Vec<Found>, StoreError> {
    if recencies.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sqlx::QueryBuilder::new(concat!(
        "SELECT p.recency, p.missed, p.last_seen_day, ",
        patient_columns!(),
        " FROM patient p WHERE p.recency IN ("
    ));
    let mut list = query.separated(", ");
    for recency in recencies {
        list.push_bind(recency);
    }
    query.push(")");
    let rows = query.build().persistent(false).fetch_all(&mut *conn).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let recency: i64 = row.get(0);
        let mut cells = Cells::new("patient", row, 1);
        let missed = cells.number()?;
        let last_seen = cells.optional_number::<i32>()?.and_then(day_from_number);
        let patient = from_cells(&mut cells)?;
        found.push((recency, Found { patient, last_seen, missed, guardian: None }));
    }
    // As found: word beginnings first.
    found.sort_by_key(|(recency, _)| recencies.iter().position(|at| at == recency));
    let mut found: Vec<Found> = found.into_iter().map(|(_, found)| found).collect();
    for hit in &mut found {
        if let Some(guardian) = hit.patient.guardian {
            hit.guardian = crate::rows::patients::by_id(conn, guardian).await?;
        }
    }
    Ok(found)
}

/// Whether the indexes hold other patients, or other words of theirs, than the
/// register does.
pub(crate) async fn check_index(conn: &mut SqliteConnection) -> Result<bool, StoreError> {
    for (table, parts) in [("patient_words", words as fn(&str) -> BTreeSet<String>), ("patient_trigrams", trigrams)] {
        let mut wanted: HashMap<i64, u64> = HashMap::new();
        let mut patients =
            sqlx::query(concat!("SELECT p.recency, ", patient_columns!(), " FROM patient p")).fetch(&mut *conn);
        while let Some(row) = patients.try_next().await? {
            let patient = from_cells(&mut Cells::new("patient", &row, 1))?;
            wanted
                .insert(row.get(0), parts(&indexed(&patient)).iter().map(|part| sum(part)).fold(0, u64::wrapping_add));
        }
        drop(patients);
        let list =
            format!("CREATE VIRTUAL TABLE IF NOT EXISTS temp.{table}_list USING fts5vocab (main, {table}, instance)");
        sqlx::query(AssertSqlSafe(list)).execute(&mut *conn).await?;
        let mut held: HashMap<i64, u64> = HashMap::new();
        let list = format!("SELECT doc, term FROM temp.{table}_list");
        let mut rows = sqlx::query(AssertSqlSafe(list)).fetch(&mut *conn);
        while let Some(row) = rows.try_next().await? {
            let place = held.entry(row.get(0)).or_default();
            *place = place.wrapping_add(sum(row.get(1)));
        }
        drop(rows);
        // Somebody without anything to be found by stands in the register only.
        wanted.retain(|_, sum| *sum != 0);
        if wanted != held {
            return Ok(true);
        }
    }
    Ok(false)
}

fn words(indexed: &str) -> BTreeSet<String> {
    indexed.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn trigrams(indexed: &str) -> BTreeSet<String> {
    let letters: Vec<char> = indexed.chars().collect();
    letters.windows(3).map(|three| three.iter().collect()).collect()
}

/// A number that tells words apart; never stored.
fn sum(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish().max(1)
}

/// What lists say of one patient.
pub(crate) async fn one(conn: &mut SqliteConnection, id: PatientId) -> Result<Option<Found>, StoreError> {
    let recency: Option<i64> = sqlx::query_scalar("SELECT recency FROM patient WHERE id = ?")
        .bind(id.bytes().as_slice())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(recency) = recency else { return Ok(None) };
    Ok(describe(conn, &[recency]).await?.pop())
}
