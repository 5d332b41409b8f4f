//! Visits, row by row.

use std::collections::{BTreeMap, HashMap};

use chairside_schedule::appointment::{
    Appointment, Cancellation, CancelledBy, Flags, NOTE_CHARS, Source, Status, VisitTime,
};
use chairside_schedule::id::{AppointmentId, ChairId};
use chairside_schedule::patient::TEXT_CHARS;
use chairside_schedule::time::{DAY_MINUTES, Resolution, resolve};
use chrono::{NaiveDateTime, NaiveTime};
use uuid::Uuid;

use super::bind::Field;
use super::kinds::Kinds;
use super::map::{StatusWord, meaning};
use super::people::{DateField, PatientFields, Patients, Practitioners, note_rounded};
use super::plan::{Context, Found, Place, Seen};
use super::report::{Role, RowProblem};
use super::table::{Row, Table};
use super::value::{self, Format, When};

/// What the visits' table held.
#[derive(Default)]
pub(super) struct Visits {
    pub appointments: Vec<Appointment>,
    pub by_source_status: BTreeMap<String, u64>,
}

/// Whom and what visits name; grows where no table had them.
pub(super) struct Named {
    pub practitioners: Practitioners,
    pub patients: Patients,
    pub kinds: Kinds,
}

/// Reads every row; one that can't be read becomes a problem.
pub(super) fn read(context: &Context<'_>, table: &Table, named: &mut Named, found: &mut Found) -> Visits {
    let place = Place { role: Role::Appointments, table };
    let fields = Fields::bind(context, place, found);
    note_rounded(table, &fields.id, found);
    note_rounded(table, &fields.patient.id, found);
    let mut visits = Visits { appointments: Vec::with_capacity(table.rows.len()), ..Visits::default() };
    let mut seen = Seen::default();
    let mut follows: Vec<(usize, String, RowProblem)> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::with_capacity(table.rows.len());
    for row in &table.rows {
        let read = match fields.read(context, row) {
            Ok(read) => read,
            Err((column, code, value)) => {
                found.problems.push(place.problem(row, column, code, value));
                continue;
            }
        };
        if !seen.is_new(&read.key, row, place, &fields.id.column, found) {
            continue;
        }
        let visit = fields.visit(context, place, &read, &mut *named, found);
        if let Some(id) = fields.follows.some(row) {
            let remark = place.problem(row, &fields.follows.column, "follows-unknown", id);
            follows.push((visits.appointments.len(), value::id(id).into_owned(), remark));
        }
        // Rows mostly come with one of a handful of words.
        match visits.by_source_status.get_mut(fields.status.of(row)) {
            Some(count) => *count += 1,
            None => {
                visits.by_source_status.insert(fields.status.of(row).to_owned(), 1);
            }
        }
        by_key.insert(read.key, visits.appointments.len());
        visits.appointments.push(visit);
    }
    for (at, id, remark) in follows {
        match by_key.get(&id) {
            Some(&before) if before != at => visits.appointments[at].follows = Some(visits.appointments[before].id),
            _ => found.remarks.push(remark),
        }
    }
    visits
}

/// What a row must say to be a visit at all.
struct Read<'a> {
    row: &'a Row,
    /// Its id, or what it is told from others by.
    key: String,
    local: NaiveDateTime,
    has_time: bool,
    status: StatusWord,
}

/// Why a row isn't one: column, code, what stood there.
type Unreadable<'a> = (&'a str, super::report::Code, &'a str);

struct Fields<'m> {
    id: Field,
    external_id: Field,
    start: DateField<'m>,
    date: DateField<'m>,
    time: Field,
    times: &'m [Format],
    length: Length<'m>,
    practitioner: Field,
    practitioner_name: Field,
    patient: PatientFields<'m>,
    kind: Field,
    status: Field,
    source: Field,
    reason: Field,
    cancelled_by: Field,
    confirmed: Field,
    overbooked: Field,
    note: Field,
    chair: Field,
    created: DateField<'m>,
    arrived: DateField<'m>,
    seated: DateField<'m>,
    done: DateField<'m>,
    left: DateField<'m>,
    follows: Field,
}

impl<'m> Fields<'m> {
    fn bind(context: &Context<'m>, place: Place<'_>, found: &mut Found) -> Self {
        let bind = |field| Field::bind(context.map, Role::Appointments, place.table, field);
        let mut dates = |field| DateField::new(context, place, field, found);
        let (start, date, created) = (dates("start"), dates("date"), dates("created"));
        let (arrived, seated, done, left) = (dates("arrived"), dates("seated"), dates("done"), dates("left"));
        Self {
            id: bind("id"),
            external_id: bind("external_id"),
            start,
            date,
            time: bind("time"),
            times: &context.map.times,
            length: Length::bind(context, place),
            practitioner: bind("practitioner"),
            practitioner_name: bind("practitioner_name"),
            patient: PatientFields::of_visits(context, place, found),
            kind: bind("kind"),
            status: bind("status"),
            source: bind("source"),
            reason: bind("reason"),
            cancelled_by: bind("cancelled_by"),
            confirmed: bind("confirmed"),
            overbooked: bind("overbooked"),
            note: bind("note"),
            chair: bind("chair"),
            created,
            arrived,
            seated,
            done,
            left,
            follows: bind("follows"),
        }
    }

    fn read<'a>(&'a self, context: &Context<'_>, row: &'a Row) -> Result<Read<'a>, Unreadable<'a>> {
        let when = self.when(context, row)?;
        let word = self.status.of(row);
        let status = meaning(&context.map.words.status, word).cloned().or_else(|| {
            let plain = |status| StatusWord { status, reason: None, by: None, confirmed: false };
            if word.is_empty() { Some(plain(Status::Booked)) } else { Status::parse(&word.to_lowercase()).map(plain) }
        });
        let Some(status) = status else { return Err((&self.status.column, "status-unknown", word)) };
        let key = match self.id.some(row) {
            Some(id) => value::id(id).into_owned(),
            None => key_from_contents(row),
        };
        Ok(Read { row, key, local: when.local(), has_time: when.time.is_some(), status })
    }

    /// The start: one column with day and time, or a day in one and a time in another.
    fn when<'a>(&'a self, context: &Context<'_>, row: &'a Row) -> Result<When, Unreadable<'a>> {
        let start = self.start.field.of(row);
        let date = self.date.field.of(row);
        if start.is_empty() && date.is_empty() {
            let column = if self.start.field.at.is_some() { &self.start.field.column } else { &self.date.field.column };
            return Err((column, "date-missing", ""));
        }
        let from_start = self.start.dates.when(start, context.zone);
        // `start` may be a time alone, beside a date.
        let start_time = || if date.is_empty() { None } else { read_time(self.times, start) };
        match from_start {
            Some(when) if when.time.is_some() => return Ok(when),
            None if !start.is_empty() && start_time().is_none() => {
                return Err((&self.start.field.column, "date-unreadable", start));
            }
            _ => {}
        }
        let day = match from_start {
            Some(when) => when,
            None => {
                self.date.dates.when(date, context.zone).ok_or((&*self.date.field.column, "date-unreadable", date))?
            }
        };
        if day.time.is_some() {
            return Ok(day);
        }
        let time = self.time.of(row);
        let time = match (start_time(), time) {
            (Some(time), _) => Some(time),
            (None, "") => None,
            (None, text) => Some(read_time(self.times, text).ok_or((&*self.time.column, "time-unreadable", text))?),
        };
        Ok(When { day: day.day, time })
    }

    fn visit(
        &self,
        context: &Context<'_>,
        place: Place<'_>,
        read: &Read<'_>,
        named: &mut Named,
        found: &mut Found,
    ) -> Appointment {
        let Named { practitioners, patients, kinds } = named;
        let (row, key) = (read.row, read.key.as_str());
        let mut flags = Flags::IMPORTED;
        let created_at = self.created.instant(context, row, found).unwrap_or(context.now);
        let (kind, kind_minutes) = kinds.named(context, self.kind.of(row), found);
        let minutes = match self.length.of(context, row, read.local) {
            Ok(Some(minutes)) => minutes,
            Ok(None) => {
                flags = flags.with(Flags::NO_LENGTH);
                kind_minutes
            }
            Err((column, code, text)) => {
                found.remarks.push(place.problem(row, column, code, text));
                flags = flags.with(Flags::NO_LENGTH);
                kind_minutes
            }
        };
        if !read.has_time {
            flags = flags.with(Flags::NO_TIME);
        }
        if !matches!(resolve(&context.zone, read.local), Resolution::Once(_)) {
            flags = flags.with(Flags::CLOCK_CHANGE);
        }
        let external_id = if self.external_id.is_bound() { self.external_id.some(row) } else { self.id.some(row) };
        let patient = patients.named(context, &self.patient, place, row, created_at, found).unwrap_or_else(|| {
            flags = flags.with(Flags::NO_PATIENT);
            patients.nobody(context, &nobody_key(context, external_id, key), created_at, found)
        });
        let practitioner =
            practitioners.named(context, self.practitioner.of(row), self.practitioner_name.of(row), found);
        let (cancellation, reason_for_note) = self.cancellation(context, row, &read.status);
        let (note, too_long) = self.note(row, reason_for_note);
        if let Some(whole) = too_long {
            found.remarks.push(place.problem(row, &self.note.column, "note-long", &whole));
            patients.keep(patient, &format!("{}: {whole}", read.local.date()));
        }
        let mut instant = |column: &DateField<'_>| column.instant(context, row, found);
        let (arrived_at, seated_at) = (instant(&self.arrived), instant(&self.seated));
        let (done_at, left_at) = (instant(&self.done), instant(&self.left));
        Appointment {
            id: AppointmentId(context.uuid("appointment", key)),
            version: 1,
            patient,
            practitioner,
            chair: context.map.keep_ids.then(|| Uuid::parse_str(self.chair.of(row)).ok().map(ChairId)).flatten(),
            kind,
            time: VisitTime::new(read.local, context.zone, minutes),
            status: read.status.status,
            confirmed: read.status.confirmed || value::yes(self.confirmed.of(row)).unwrap_or(false),
            note,
            source: self.source(context, row),
            overbooked: self.overbooked.some(row).map(|text| text.chars().take(TEXT_CHARS).collect()),
            cancellation,
            arrived_at,
            seated_at,
            done_at,
            left_at,
            follows: None,
            created_at,
            external_id: external_id.map(|id| value::id(id).into_owned()),
            flags,
        }
    }

    fn source(&self, context: &Context<'_>, row: &Row) -> Source {
        let word = self.source.of(row);
        let known = meaning(&context.map.words.source, word).copied();
        known.or_else(|| Source::parse(&word.to_lowercase())).unwrap_or(Source::Other)
    }

    /// Who called it off and why; where nobody did, what the reason's column
    /// says all the same goes into the note.
    fn cancellation<'a>(
        &'a self,
        context: &Context<'_>,
        row: &'a Row,
        word: &StatusWord,
    ) -> (Option<Cancellation>, &'a str) {
        let text = self.reason.of(row);
        if word.status != Status::Cancelled {
            return (None, text);
        }
        let known = meaning(&context.map.words.reason, text);
        let given = known.map_or(text, |reason| reason.reason.as_str());
        let reason = match (&word.reason, given) {
            (Some(reason), "") => reason.clone(),
            (Some(reason), given) => format!("{reason}: {given}"),
            (None, given) => given.to_owned(),
        };
        let by = CancelledBy::parse(&self.cancelled_by.of(row).to_lowercase());
        let by = by.or(word.by).or(known.and_then(|reason| reason.by)).unwrap_or(CancelledBy::Unknown);
        (Some(Cancellation { by, reason: reason.chars().take(TEXT_CHARS).collect() }), "")
    }

    /// The note, cut where no note goes on; the whole of one that was cut is kept with the patient.
    fn note(&self, row: &Row, reason: &str) -> (String, Option<String>) {
        let whole = match (self.note.of(row), reason) {
            (note, "") => note.to_owned(),
            ("", reason) => reason.to_owned(),
            (note, reason) => format!("{note}\n{reason}"),
        };
        // Counting letters is only worth it where there can be too many.
        if whole.len() <= NOTE_CHARS || whole.chars().count() <= NOTE_CHARS {
            return (whole, None);
        }
        (whole.chars().take(NOTE_CHARS).collect(), Some(whole))
    }
}

/// What a visit of nobody is known by: its id, or a mark made of its contents.
fn nobody_key(context: &Context<'_>, external_id: Option<&str>, key: &str) -> String {
    match external_id {
        Some(id) => value::id(id).into_owned(),
        None => context.uuid("appointment", key).simple().to_string()[..8].to_owned(),
    }
}

/// What a visit without an id is told from others by: everything its row says.
fn key_from_contents(row: &Row) -> String {
    row.cells().collect::<Vec<_>>().join("\u{1f}")
}

fn read_time(formats: &[Format], text: &str) -> Option<NaiveTime> {
    formats.iter().find_map(|format| format.time(text))
}

/// How long visits are: a column of minutes, one of seconds, or one of ends.
pub(super) struct Length<'m> {
    minutes: Field,
    seconds: Field,
    end: DateField<'m>,
    times: &'m [Format],
}

impl<'m> Length<'m> {
    pub fn bind(context: &Context<'m>, place: Place<'_>) -> Self {
        let bind = |field| Field::bind(context.map, Role::Appointments, place.table, field);
        let end = DateField::new(context, place, "end", &mut Found::default());
        Self { minutes: bind("minutes"), seconds: bind("seconds"), end, times: &context.map.times }
    }

    /// The length a row writes as a number, if it does and it can be one.
    pub fn written(&self, row: &Row) -> Option<u32> {
        let minutes = match (self.minutes.some(row), self.seconds.some(row)) {
            (Some(text), _) => value::minutes(text, 1.0),
            (None, Some(text)) => value::minutes(text, 60.0),
            (None, None) => None,
        };
        minutes.filter(|minutes| (1..=u32::from(DAY_MINUTES)).contains(minutes))
    }

    /// The length of the visit that starts at `start`; `None` where the row
    /// says none. No visit is longer than a day: such a number is in another
    /// unit, or a slip.
    fn of<'a>(
        &'a self,
        context: &Context<'_>,
        row: &'a Row,
        start: NaiveDateTime,
    ) -> Result<Option<u32>, Unreadable<'a>> {
        if let Some(minutes) = self.written(row) {
            return Ok(Some(minutes));
        }
        for field in [&self.minutes, &self.seconds] {
            if let Some(text) = field.some(row) {
                return Err((&field.column, "length-unreadable", text));
            }
        }
        let Some(text) = self.end.field.some(row) else { return Ok(None) };
        let unreadable = (&*self.end.field.column, "length-unreadable", text);
        let end = match self.end.dates.when(text, context.zone) {
            Some(when) if when.time.is_some() => when.local(),
            _ => read_time(self.times, text).map(|time| value::end_at(start, time)).ok_or(unreadable)?,
        };
        let minutes = value::minutes_between(start, end).filter(|minutes| *minutes <= u32::from(DAY_MINUTES));
        minutes.map(Some).ok_or(unreadable)
    }
}
