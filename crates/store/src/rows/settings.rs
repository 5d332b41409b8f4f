//! The clinic's settings: one clinic, its hours, people, chairs and kinds.

use std::collections::{HashMap, HashSet};

use chairside_schedule::clinic::{Chair, Clinic, Grid, OnlineRule};
use chairside_schedule::hours::{Break, DateException, WeeklyHours};
use chairside_schedule::id::{BreakId, PractitionerId};
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::practitioner::{Absence, Practitioner};
use chairside_schedule::time::DaySpan;
use chrono::Weekday;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::cells::{Cells, damaged};
use crate::error::StoreError;
use crate::tx::day;

/// Reads all of them.
pub async fn load(conn: &mut SqliteConnection) -> Result<Clinic, StoreError> {
    let row = sqlx::query(
        "SELECT id, name, address, city, zone, grid_minutes, hours_derived, waiting_limit_minutes, uses_chairs, \
         online_asks_staff, online_limit_minutes FROM clinic",
    )
    .fetch_one(&mut *conn)
    .await?;
    let mut cells = Cells::new("clinic", &row, 0);
    let mut hours = weekly_hours(conn).await?;
    let mut breaks = breaks(conn).await?;
    Ok(Clinic {
        id: cells.id()?,
        name: cells.text()?,
        address: cells.text()?,
        city: cells.text()?,
        zone: cells.word(|name| name.parse().ok())?,
        grid: Grid::new(cells.number()?).ok_or_else(|| damaged("clinic", "grid_minutes"))?,
        hours: hours.remove(&None).unwrap_or_default(),
        hours_derived: cells.flag()?,
        exceptions: exceptions(conn).await?,
        breaks: breaks.remove(&None).unwrap_or_default(),
        waiting_limit_minutes: cells.number()?,
        uses_chairs: cells.flag()?,
        online: OnlineRule { ask_staff: cells.flag()?, limit_minutes: cells.number()? },
        chairs: chairs(conn).await?,
        practitioners: practitioners(conn, hours, breaks).await?,
        kinds: kinds(conn).await?,
    })
}

async fn weekly_hours(conn: &mut SqliteConnection) -> Result<HashMap<Option<PractitionerId>, WeeklyHours>, StoreError> {
    let rows =
        sqlx::query("SELECT practitioner, weekday, start_min, end_min FROM weekly_hours").fetch_all(conn).await?;
    let mut hours: HashMap<_, WeeklyHours> = HashMap::new();
    for row in &rows {
        let mut cells = Cells::new("weekly_hours", row, 0);
        let owner = cells.optional_id()?;
        let weekday = Weekday::try_from(cells.number::<u8>()?).map_err(|_| damaged("weekly_hours", "weekday"))?;
        hours.entry(owner).or_default().add(weekday, span(&mut cells, "weekly_hours")?);
    }
    Ok(hours)
}

async fn breaks(conn: &mut SqliteConnection) -> Result<HashMap<Option<PractitionerId>, Vec<Break>>, StoreError> {
    let rows =
        sqlx::query("SELECT practitioner, id, name, weekdays, start_min, end_min FROM break ORDER BY start_min, rowid")
            .fetch_all(conn)
            .await?;
    let mut breaks: HashMap<_, Vec<Break>> = HashMap::new();
    for row in &rows {
        let mut cells = Cells::new("break", row, 0);
        let owner = cells.optional_id()?;
        breaks.entry(owner).or_default().push(Break {
            id: cells.id()?,
            name: cells.text()?,
            weekdays: {
                let mask: u8 = cells.number()?;
                std::array::from_fn(|weekday| mask & (1 << weekday) != 0)
            },
            span: span(&mut cells, "break")?,
        });
    }
    Ok(breaks)
}

async fn exceptions(conn: &mut SqliteConnection) -> Result<Vec<DateException>, StoreError> {
    let rows = sqlx::query("SELECT day, name FROM date_exception ORDER BY day").fetch_all(&mut *conn).await?;
    let hours = sqlx::query("SELECT day, start_min, end_min FROM date_exception_hours ORDER BY day, start_min")
        .fetch_all(conn)
        .await?;
    let mut exceptions = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut cells = Cells::new("date_exception", row, 0);
        exceptions.push(DateException { date: cells.day()?, name: cells.text()?, spans: Vec::new() });
    }
    for row in &hours {
        let mut cells = Cells::new("date_exception_hours", row, 0);
        let date = cells.day()?;
        let span = span(&mut cells, "date_exception_hours")?;
        if let Some(exception) = exceptions.iter_mut().find(|exception| exception.date == date) {
            exception.spans.push(span);
        }
    }
    Ok(exceptions)
}

async fn practitioners(
    conn: &mut SqliteConnection,
    mut hours: HashMap<Option<PractitionerId>, WeeklyHours>,
    mut breaks: HashMap<Option<PractitionerId>, Vec<Break>>,
) -> Result<Vec<Practitioner>, StoreError> {
    let mut absences = absences(conn).await?;
    let rows = sqlx::query(
        "SELECT id, name, role, room, active_from, active_until, own_hours, own_breaks, bookable_online, position \
         FROM practitioner ORDER BY position, name, id",
    )
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("practitioner", row, 0);
            let id = cells.id()?;
            Ok(Practitioner {
                id,
                name: cells.text()?,
                role: cells.text()?,
                room: cells.text()?,
                active_from: cells.optional_day()?,
                active_until: cells.optional_day()?,
                hours: cells.flag()?.then(|| hours.remove(&Some(id)).unwrap_or_default()),
                breaks: cells.flag()?.then(|| breaks.remove(&Some(id)).unwrap_or_default()),
                absences: absences.remove(&id).unwrap_or_default(),
                bookable_online: cells.flag()?,
                position: cells.number()?,
            })
        })
        .collect()
}

async fn absences(conn: &mut SqliteConnection) -> Result<HashMap<PractitionerId, Vec<Absence>>, StoreError> {
    let rows = sqlx::query(
        "SELECT practitioner, from_day, until_day, start_min, end_min, reason FROM absence ORDER BY from_day, rowid",
    )
    .fetch_all(conn)
    .await?;
    let mut absences: HashMap<_, Vec<Absence>> = HashMap::new();
    for row in &rows {
        let mut cells = Cells::new("absence", row, 0);
        let owner = cells.id()?;
        let (from, until) = (cells.day()?, cells.day()?);
        let whole_days = cells.optional_number::<u16>()?.is_none();
        let span = if whole_days {
            cells.optional_number::<u16>()?;
            None
        } else {
            Some(span(&mut Cells::new("absence", row, 3), "absence")?)
        };
        let reason = Cells::new("absence", row, 5).text()?;
        absences.entry(owner).or_default().push(Absence { from, until, span, reason });
    }
    Ok(absences)
}

async fn chairs(conn: &mut SqliteConnection) -> Result<Vec<Chair>, StoreError> {
    let rows = sqlx::query("SELECT id, name FROM chair ORDER BY position, name").fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cells::new("chair", row, 0);
            Ok(Chair { id: cells.id()?, name: cells.text()? })
        })
        .collect()
}

async fn kinds(conn: &mut SqliteConnection) -> Result<Vec<VisitKind>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, name, minutes, colour, bookable_online, emergency, active FROM visit_kind ORDER BY position, name",
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(kind).collect()
}

fn kind(row: &SqliteRow) -> Result<VisitKind, StoreError> {
    let mut cells = Cells::new("visit_kind", row, 0);
    Ok(VisitKind {
        id: cells.id()?,
        name: cells.text()?,
        minutes: cells.number()?,
        colour: cells.word(KindColour::parse)?,
        bookable_online: cells.flag()?,
        emergency: cells.flag()?,
        active: cells.flag()?,
    })
}

fn span(cells: &mut Cells<'_>, table: &str) -> Result<DaySpan, StoreError> {
    DaySpan::new(cells.minute()?, cells.minute()?).ok_or_else(|| damaged(table, "end_min"))
}

/// Writes all of them. Lists are written anew; people, chairs and kinds that
/// are no longer named go, unless something refers to them.
pub async fn save(conn: &mut SqliteConnection, clinic: &Clinic) -> Result<(), StoreError> {
    for list in [
        "DELETE FROM weekly_hours",
        "DELETE FROM date_exception_hours",
        "DELETE FROM date_exception",
        "DELETE FROM break",
        "DELETE FROM absence",
    ] {
        sqlx::query(list).execute(&mut *conn).await?;
    }
    save_clinic(conn, clinic).await?;
    save_hours(conn, None, &clinic.hours).await?;
    save_breaks(conn, None, &clinic.breaks).await?;
    for exception in &clinic.exceptions {
        save_exception(conn, exception).await?;
    }
    for (position, chair) in (0_i64..).zip(&clinic.chairs) {
        sqlx::query("INSERT INTO chair (id, name, position) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, position = excluded.position")
            .bind(chair.id.bytes().as_slice())
            .bind(&chair.name)
            .bind(position)
            .execute(&mut *conn)
            .await?;
    }
    for practitioner in &clinic.practitioners {
        save_practitioner(conn, practitioner).await?;
    }
    for (position, kind) in (0_i64..).zip(&clinic.kinds) {
        save_kind(conn, kind, position).await?;
    }
    take_away(conn, clinic).await
}

/// Takes away what is no longer named and never was used. Looking whether a
/// visit refers to it reads them all, which only happens when something goes.
async fn take_away(conn: &mut SqliteConnection, clinic: &Clinic) -> Result<(), StoreError> {
    let practitioners = clinic.practitioners.iter().map(|practitioner| practitioner.id.0);
    let chairs = clinic.chairs.iter().map(|chair| chair.id.0);
    let kinds = clinic.kinds.iter().map(|kind| kind.id.0);
    let lists: [(&str, &str, HashSet<Uuid>); 3] = [
        (
            "SELECT id FROM practitioner",
            "DELETE FROM practitioner WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM appointment WHERE practitioner = ?1) \
             AND NOT EXISTS (SELECT 1 FROM blockout WHERE practitioner = ?1)",
            practitioners.collect(),
        ),
        (
            "SELECT id FROM chair",
            "DELETE FROM chair WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM appointment WHERE chair = ?1) \
             AND NOT EXISTS (SELECT 1 FROM blockout WHERE chair = ?1)",
            chairs.collect(),
        ),
        (
            "SELECT id FROM visit_kind",
            "DELETE FROM visit_kind WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM appointment WHERE kind = ?1)",
            kinds.collect(),
        ),
    ];
    for (all, take, named) in lists {
        for row in sqlx::query(all).fetch_all(&mut *conn).await? {
            let id: Uuid = Cells::new("settings", &row, 0).id()?;
            if !named.contains(&id) {
                sqlx::query(take).bind(id.as_bytes().as_slice()).execute(&mut *conn).await?;
            }
        }
    }
    Ok(())
}

async fn save_clinic(conn: &mut SqliteConnection, clinic: &Clinic) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO clinic (one, id, name, address, city, zone, grid_minutes, hours_derived, waiting_limit_minutes, \
         uses_chairs, online_asks_staff, online_limit_minutes) VALUES (1,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (one) DO UPDATE SET id = excluded.id, \
         name = excluded.name, address = excluded.address, city = excluded.city, zone = excluded.zone, \
         grid_minutes = excluded.grid_minutes, hours_derived = excluded.hours_derived, \
         waiting_limit_minutes = excluded.waiting_limit_minutes, uses_chairs = excluded.uses_chairs, \
         online_asks_staff = excluded.online_asks_staff, online_limit_minutes = excluded.online_limit_minutes",
    )
    .bind(clinic.id.bytes().as_slice())
    .bind(&clinic.name)
    .bind(&clinic.address)
    .bind(&clinic.city)
    .bind(clinic.zone.name())
    .bind(clinic.grid.minutes())
    .bind(clinic.hours_derived)
    .bind(clinic.waiting_limit_minutes)
    .bind(clinic.uses_chairs)
    .bind(clinic.online.ask_staff)
    .bind(clinic.online.limit_minutes)
    .execute(conn)
    .await?;
    Ok(())
}

async fn save_hours(
    conn: &mut SqliteConnection,
    owner: Option<PractitionerId>,
    hours: &WeeklyHours,
) -> Result<(), StoreError> {
    for (weekday, spans) in (0_i64..).zip(&hours.0) {
        for span in spans {
            sqlx::query("INSERT INTO weekly_hours (practitioner, weekday, start_min, end_min) VALUES (?, ?, ?, ?)")
                .bind(owner.map(|id| id.bytes().to_vec()))
                .bind(weekday)
                .bind(span.start.minutes())
                .bind(span.end.minutes())
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}

async fn save_breaks(
    conn: &mut SqliteConnection,
    owner: Option<PractitionerId>,
    breaks: &[Break],
) -> Result<(), StoreError> {
    for held in breaks {
        let BreakId(id) = held.id;
        let mask = (0..7).filter(|&weekday| held.weekdays[weekday]).fold(0_i64, |mask, weekday| mask | 1 << weekday);
        sqlx::query(
            "INSERT INTO break (id, practitioner, name, weekdays, start_min, end_min) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(id.as_bytes().to_vec())
        .bind(owner.map(|id| id.bytes().to_vec()))
        .bind(&held.name)
        .bind(mask)
        .bind(held.span.start.minutes())
        .bind(held.span.end.minutes())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn save_exception(conn: &mut SqliteConnection, exception: &DateException) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO date_exception (day, name) VALUES (?, ?)")
        .bind(day(exception.date))
        .bind(&exception.name)
        .execute(&mut *conn)
        .await?;
    for span in &exception.spans {
        sqlx::query("INSERT INTO date_exception_hours (day, start_min, end_min) VALUES (?, ?, ?)")
            .bind(day(exception.date))
            .bind(span.start.minutes())
            .bind(span.end.minutes())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn save_practitioner(conn: &mut SqliteConnection, practitioner: &Practitioner) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO practitioner (id, name, role, room, active_from, active_until, own_hours, own_breaks, \
         bookable_online, position) VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
         role = excluded.role, room = excluded.room, active_from = excluded.active_from, \
         active_until = excluded.active_until, own_hours = excluded.own_hours, own_breaks = excluded.own_breaks, \
         bookable_online = excluded.bookable_online, position = excluded.position",
    )
    .bind(practitioner.id.bytes().as_slice())
    .bind(&practitioner.name)
    .bind(&practitioner.role)
    .bind(&practitioner.room)
    .bind(practitioner.active_from.map(day))
    .bind(practitioner.active_until.map(day))
    .bind(practitioner.hours.is_some())
    .bind(practitioner.breaks.is_some())
    .bind(practitioner.bookable_online)
    .bind(practitioner.position)
    .execute(&mut *conn)
    .await?;
    if let Some(hours) = &practitioner.hours {
        save_hours(conn, Some(practitioner.id), hours).await?;
    }
    if let Some(breaks) = &practitioner.breaks {
        save_breaks(conn, Some(practitioner.id), breaks).await?;
    }
    for absence in &practitioner.absences {
        sqlx::query(
            "INSERT INTO absence (practitioner, from_day, until_day, start_min, end_min, reason) VALUES (?,?,?,?,?,?)",
        )
        .bind(practitioner.id.bytes().as_slice())
        .bind(day(absence.from))
        .bind(day(absence.until))
        .bind(absence.span.map(|span| span.start.minutes()))
        .bind(absence.span.map(|span| span.end.minutes()))
        .bind(&absence.reason)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn save_kind(conn: &mut SqliteConnection, kind: &VisitKind, position: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO visit_kind (id, name, minutes, colour, bookable_online, emergency, active, position) \
         VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, minutes = excluded.minutes, \
         colour = excluded.colour, bookable_online = excluded.bookable_online, emergency = excluded.emergency, \
         active = excluded.active, position = excluded.position",
    )
    .bind(kind.id.bytes().as_slice())
    .bind(&kind.name)
    .bind(kind.minutes)
    .bind(kind.colour.as_str())
    .bind(kind.bookable_online)
    .bind(kind.emergency)
    .bind(kind.active)
    .bind(position)
    .execute(conn)
    .await?;
    Ok(())
}
