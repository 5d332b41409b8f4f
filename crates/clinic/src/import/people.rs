//! Practitioners and patients: from their tables, or from what visits say of them.

use std::collections::HashMap;

use chairside_schedule::appointment::Appointment;
use chairside_schedule::id::{PatientId, PractitionerId};
use chairside_schedule::patient::{Birth, Gender, Patient, Personnummer, PhoneNumber, TEXT_CHARS};
use chairside_schedule::practitioner::Practitioner;
use chairside_schedule::time::Instant;
use chrono::{Days, NaiveDate};

use super::bind::Field;
use super::map::{Map, meaning};
use super::plan::{Context, Found, Place, Seen};
use super::report::{Code, Note, Role, RowProblem};
use super::table::{Row, Table};
use super::value::{self, ColumnDates};

/// The practitioners found so far, by the other system's id.
pub(super) struct Practitioners {
    list: Vec<Practitioner>,
    by_key: HashMap<String, usize>,
    /// Those marked as gone without a day on which they left.
    gone: Vec<usize>,
    unnamed: String,
}

impl Practitioners {
    pub fn read(context: &Context<'_>, table: Option<&Table>, found: &mut Found) -> Self {
        let unnamed = context.map.tables.get(&Role::Practitioners).and_then(|map| map.unnamed.clone());
        let mut all =
            Self { list: Vec::new(), by_key: HashMap::new(), gone: Vec::new(), unnamed: unnamed.unwrap_or_default() };
        let Some(table) = table else { return all };
        let place = Place { role: Role::Practitioners, table };
        let bind = |field| Field::bind(context.map, Role::Practitioners, table, field);
        let (id, name, given, family) = (bind("id"), bind("name"), bind("given"), bind("family"));
        let (role, room, active, online) = (bind("role"), bind("room"), bind("active"), bind("online"));
        let (from, until) =
            (DateField::new(context, place, "from", found), DateField::new(context, place, "until", found));
        note_rounded(table, &id, found);
        let mut seen = Seen::default();
        for row in &table.rows {
            let full = full_name(name.of(row), given.of(row), family.of(row));
            let key = value::id(if id.of(row).is_empty() { &full } else { id.of(row) }).into_owned();
            if key.is_empty() {
                found.problems.push(place.problem(row, &id.column, "id-missing", ""));
                continue;
            }
            if !seen.is_new(&key, row, place, &id.column, found) {
                continue;
            }
            let role_word = role.of(row);
            let role_text = meaning(&context.map.words.role, role_word).map_or(role_word, String::as_str);
            let called = if full.is_empty() { all.name_for(role_text, &key) } else { full };
            let still_here = yes_or(context, active.of(row), true);
            let until = until.day(context, row, found);
            if !still_here && until.is_none() {
                all.gone.push(all.list.len());
            }
            let practitioner = Practitioner {
                id: PractitionerId(context.uuid("practitioner", &key)),
                name: short(&called),
                role: short(role_text),
                room: short(room.of(row)),
                active_from: from.day(context, row, found),
                active_until: until,
                hours: None,
                breaks: None,
                absences: Vec::new(),
                bookable_online: value::yes(online.of(row)).unwrap_or(still_here && until.is_none()),
                position: all.list.len() as i32,
            };
            all.by_key.insert(key, all.list.len());
            all.list.push(practitioner);
        }
        all
    }

    /// The practitioner a visit names, made if no table had them.
    pub fn named(&mut self, context: &Context<'_>, id: &str, name: &str, found: &mut Found) -> PractitionerId {
        let key = if id.is_empty() { name } else { id };
        let key = value::id(if key.is_empty() { NOBODY } else { key });
        if let Some(&at) = self.by_key.get(key.as_ref()) {
            return self.list[at].id;
        }
        if id.is_empty()
            && let Some(known) = self.list.iter().find(|practitioner| practitioner.name == name)
        {
            return known.id;
        }
        let practitioner = Practitioner {
            id: PractitionerId(context.uuid("practitioner", &key)),
            name: short(&if name.is_empty() { self.name_for("", &key) } else { name.to_owned() }),
            role: String::new(),
            room: String::new(),
            active_from: None,
            active_until: None,
            hours: None,
            breaks: None,
            absences: Vec::new(),
            bookable_online: false,
            position: self.list.len() as i32,
        };
        let id = practitioner.id;
        found.made.insert(id.0);
        self.by_key.insert(key.into_owned(), self.list.len());
        self.list.push(practitioner);
        id
    }

    /// What to call somebody without a name: by the map's pattern, or by their id alone.
    fn name_for(&self, role: &str, key: &str) -> String {
        let name = self.unnamed.replace("{role}", role).replace("{id}", key);
        let name = name.trim();
        if name.is_empty() { key.to_owned() } else { name.to_owned() }
    }

    /// Everyone. Those gone without a date left after their last visit that
    /// isn't still to come.
    pub fn finish(mut self, visits: &[Appointment], today: NaiveDate) -> Vec<Practitioner> {
        for at in self.gone {
            let id = self.list[at].id;
            let days = visits.iter().filter(|visit| visit.practitioner == id).map(|visit| visit.time.day());
            let last = days.filter(|day| *day <= today).max();
            self.list[at].active_until = last.or_else(|| today.checked_sub_days(Days::new(1)));
        }
        self.list
    }
}

/// The practitioner of visits that name none.
const NOBODY: &str = "?";

/// The patients found so far, by the other system's id.
pub(super) struct Patients {
    list: Vec<Patient>,
    by_key: HashMap<String, usize>,
    guardians: Vec<(usize, String, RowProblem)>,
}

impl Patients {
    pub fn read(context: &Context<'_>, table: Option<&Table>, found: &mut Found) -> Self {
        let mut all = Self { list: Vec::new(), by_key: HashMap::new(), guardians: Vec::new() };
        let Some(table) = table else { return all };
        let place = Place { role: Role::Patients, table };
        let fields = PatientFields::of_patients(context, place, found);
        note_rounded(table, &fields.id, found);
        all.list.reserve(table.rows.len());
        all.by_key.reserve(table.rows.len());
        let mut seen = Seen::default();
        for row in &table.rows {
            let Some(key) = fields.key(row) else {
                found.problems.push(place.problem(row, &fields.id.column, "id-missing", ""));
                continue;
            };
            if !seen.is_new(&key.text, row, place, &fields.id.column, found) {
                continue;
            }
            let created = fields.created.instant(context, row, found).unwrap_or(context.now);
            let patient = fields.patient(context, place, row, &key, created, found);
            if let Some(guardian) = fields.guardian.some(row) {
                let remark = place.problem(row, &fields.guardian.column, "guardian-unknown", guardian);
                all.guardians.push((all.list.len(), value::id(guardian).into_owned(), remark));
            }
            all.by_key.insert(key.text, all.list.len());
            all.list.push(patient);
        }
        all
    }

    /// The patient a visit names; made from what the visit says of them if no
    /// table had them. `None` where the visit says nothing at all.
    pub fn named(
        &mut self,
        context: &Context<'_>,
        fields: &PatientFields<'_>,
        place: Place<'_>,
        row: &Row,
        created: Instant,
        found: &mut Found,
    ) -> Option<PatientId> {
        // By far the most visits name somebody who is known.
        if let Some(id) = fields.id.some(row)
            && let Some(&at) = self.by_key.get(value::id(id).as_ref())
        {
            return Some(self.list[at].id);
        }
        let key = fields.key(row)?;
        if let Some(&at) = self.by_key.get(&key.text) {
            return Some(self.list[at].id);
        }
        let patient = fields.patient(context, place, row, &key, created, found);
        Some(self.add_made(key.text, patient, found))
    }

    /// Somebody whose visit says nothing of them, known by the visit alone.
    pub fn nobody(&mut self, context: &Context<'_>, visit: &str, created: Instant, found: &mut Found) -> PatientId {
        let key = format!("?{visit}");
        if let Some(&at) = self.by_key.get(&key) {
            return self.list[at].id;
        }
        let patient = blank(PatientId(context.uuid("patient", &key)), Some(key.clone()), created);
        self.add_made(key, patient, found)
    }

    /// Keeps something with a patient that has no place elsewhere.
    pub fn keep(&mut self, id: PatientId, text: &str) {
        if let Some(patient) = self.list.iter_mut().find(|patient| patient.id == id) {
            if !patient.note.is_empty() {
                patient.note.push('\n');
            }
            patient.note.push_str(text);
        }
    }

    fn add_made(&mut self, key: String, patient: Patient, found: &mut Found) -> PatientId {
        let id = patient.id;
        found.made.insert(id.0);
        self.by_key.insert(key, self.list.len());
        self.list.push(patient);
        id
    }

    /// Everyone, with their guardians where those are known too.
    pub fn finish(mut self, remarks: &mut Vec<RowProblem>) -> Vec<Patient> {
        for (at, guardian, remark) in self.guardians {
            match self.by_key.get(&guardian) {
                Some(&guardian) if guardian != at => self.list[at].guardian = Some(self.list[guardian].id),
                _ => remarks.push(remark),
            }
        }
        self.list
    }
}

fn blank(id: PatientId, external_id: Option<String>, created_at: Instant) -> Patient {
    Patient {
        id,
        version: 1,
        given: String::new(),
        family: String::new(),
        personnummer: None,
        birth: None,
        phone: None,
        email: String::new(),
        gender: Gender::Unknown,
        alert: String::new(),
        note: String::new(),
        protected: false,
        guardian: None,
        active: true,
        external_id,
        created_at,
    }
}

/// What a patient is told from others by, within one import.
pub(super) struct Key {
    text: String,
    /// It is an id of the other system, not a name or number.
    is_id: bool,
}

/// The columns that say who a patient is: in their own table, or beside a visit.
pub(super) struct PatientFields<'m> {
    pub id: Field,
    external_id: Field,
    name: Field,
    given: Field,
    family: Field,
    personnummer: Field,
    birth: DateField<'m>,
    phone: Field,
    email: Field,
    gender: Field,
    alert: Field,
    note: Field,
    protected: Field,
    guardian: Field,
    active: Field,
    created: DateField<'m>,
}

impl<'m> PatientFields<'m> {
    fn of_patients(context: &Context<'m>, place: Place<'_>, found: &mut Found) -> Self {
        Self::bind(context, place, found, |field| field)
    }

    /// Beside a visit only some are told, some under another name; the visit's
    /// own id, note and status are not the patient's.
    pub fn of_visits(context: &Context<'m>, place: Place<'_>, found: &mut Found) -> Self {
        Self::bind(context, place, found, |field| match field {
            "id" => "patient",
            "name" => "patient_name",
            "given" => "patient_given",
            "family" => "patient_family",
            "personnummer" | "birth" | "phone" | "email" => field,
            _ => "",
        })
    }

    fn bind(
        context: &Context<'m>,
        place: Place<'_>,
        found: &mut Found,
        called: impl Fn(&'static str) -> &'static str,
    ) -> Self {
        let bind = |field| Field::bind(context.map, place.role, place.table, called(field));
        Self {
            id: bind("id"),
            external_id: bind("external_id"),
            name: bind("name"),
            given: bind("given"),
            family: bind("family"),
            personnummer: bind("personnummer"),
            birth: DateField::quiet(context, place, called("birth")),
            phone: bind("phone"),
            email: bind("email"),
            gender: bind("gender"),
            alert: bind("alert"),
            note: bind("note"),
            protected: bind("protected"),
            guardian: bind("guardian"),
            active: bind("active"),
            created: DateField::new(context, place, called("created"), found),
        }
    }

    /// The id; else the personnummer; else a name, with birth and phone to tell namesakes apart.
    fn key(&self, row: &Row) -> Option<Key> {
        if let Some(id) = self.id.some(row) {
            return Some(Key { text: value::id(id).into_owned(), is_id: true });
        }
        if let Some(number) = self.personnummer.some(row) {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            return Some(Key { text: format!("pnr:{}", &digits[digits.len().saturating_sub(10)..]), is_id: false });
        }
        let name = full_name(self.name.of(row), self.given.of(row), self.family.of(row));
        if name.is_empty() {
            return None;
        }
        if value::id(&name).bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Key { text: value::id(&name).into_owned(), is_id: true });
        }
        let text = [name.to_lowercase().as_str(), self.birth.field.of(row), self.phone.of(row)].join("\u{1f}");
        Some(Key { text, is_id: false })
    }

    /// The patient a row describes. Cells that can't be read are remarked on
    /// and kept in the note, in the other system's words.
    fn patient(
        &self,
        context: &Context<'_>,
        place: Place<'_>,
        row: &Row,
        key: &Key,
        created: Instant,
        found: &mut Found,
    ) -> Patient {
        let external_id = if self.external_id.is_bound() {
            self.external_id.some(row).map(str::to_owned)
        } else {
            key.is_id.then(|| key.text.clone())
        };
        let mut patient = blank(PatientId(context.uuid("patient", &key.text)), external_id, created);
        let mut unread = Unread { place, row, note: self.note.of(row).to_owned(), found };
        let (given, family) = match (self.given.of(row), self.family.of(row)) {
            ("", "") if key.is_id && self.name.of(row) == key.text => (String::new(), String::new()),
            ("", "") => split_name(self.name.of(row)),
            (given, family) => (given.to_owned(), family.to_owned()),
        };
        patient.given = unread.text(&self.given, &given);
        patient.family = unread.text(&self.family, &family);
        patient.email = unread.text(&self.email, self.email.of(row));
        patient.alert = unread.text(&self.alert, self.alert.of(row));
        if let Some(text) = self.personnummer.some(row) {
            match Personnummer::parse(&value::id(text), context.today) {
                Ok(number) => patient.personnummer = Some(number),
                Err(_) => unread.keep(&self.personnummer, "personnummer-unreadable", text),
            }
        }
        if let Some(text) = self.birth.field.some(row) {
            match self.birth_of(context, text) {
                Some(birth) => patient.birth = Some(birth),
                None => unread.keep(&self.birth.field, "birth-unreadable", text),
            }
        }
        if patient.birth.is_none() {
            patient.birth = patient.personnummer.as_ref().map(Personnummer::birth);
        }
        if let Some(text) = self.phone.some(row) {
            match PhoneNumber::parse(&value::id(text)) {
                Ok(number) => patient.phone = Some(number),
                Err(_) => unread.keep(&self.phone, "phone-unreadable", text),
            }
        }
        let gender = self.gender.of(row);
        let words = &context.map.words.gender;
        patient.gender = meaning(words, gender).copied().or_else(|| Gender::parse(gender)).unwrap_or_default();
        patient.note = unread.note;
        patient.protected = value::yes(self.protected.of(row)).unwrap_or(false);
        patient.active = yes_or(context, self.active.of(row), true);
        patient
    }

    fn birth_of(&self, context: &Context<'_>, text: &str) -> Option<Birth> {
        if let Ok(birth) = Birth::parse(&value::id(text), context.today) {
            return Some(birth);
        }
        let day = self.birth.dates.when(text, context.zone)?.day;
        Birth::Date(day).checked(context.today).ok()
    }
}

/// Keeps what couldn't be read, so that nothing is lost.
struct Unread<'a, 'f> {
    place: Place<'a>,
    row: &'a Row,
    note: String,
    found: &'f mut Found,
}

impl Unread<'_, '_> {
    fn keep(&mut self, field: &Field, code: Code, text: &str) {
        self.found.remarks.push(self.place.problem(self.row, &field.column, code, text));
        if !self.note.is_empty() {
            self.note.push('\n');
        }
        self.note.push_str(&format!("{}: {text}", field.column));
    }

    /// A text of at most [`TEXT_CHARS`] characters; a longer one stands whole in the note.
    fn text(&mut self, field: &Field, text: &str) -> String {
        if text.chars().count() > TEXT_CHARS {
            self.keep(field, "text-long", text);
        }
        short(text)
    }
}

/// A column of dates, with the way it is written.
pub(super) struct DateField<'m> {
    pub field: Field,
    pub dates: ColumnDates<'m>,
    place: (Role, String),
}

impl<'m> DateField<'m> {
    pub fn new(context: &Context<'m>, place: Place<'_>, field: &str, found: &mut Found) -> Self {
        let column = Self::quiet(context, place, field);
        if column.dates.ambiguous {
            let note = Note::about("dates-ambiguous", &place.table.file);
            found.notes.push(note.with("column", &column.field.column));
        }
        column
    }

    /// As [`Self::new`], without a note where days and months could be swapped.
    fn quiet(context: &Context<'m>, place: Place<'_>, field: &str) -> Self {
        let map: &'m Map = context.map;
        let field = Field::bind(map, place.role, place.table, field);
        let rows = if field.is_bound() { place.table.rows.as_slice() } else { &[] };
        let dates = ColumnDates::of(&map.dates, context.zone, rows.iter().map(|row| field.of(row)));
        Self { dates, field, place: (place.role, place.table.file.clone()) }
    }

    /// The instant a cell says; one that can't be read is remarked on.
    pub fn instant(&self, context: &Context<'_>, row: &Row, found: &mut Found) -> Option<Instant> {
        self.read(context, row, found).map(|when| value::instant(when.local(), context.zone))
    }

    /// The day a cell says, likewise.
    pub fn day(&self, context: &Context<'_>, row: &Row, found: &mut Found) -> Option<NaiveDate> {
        self.read(context, row, found).map(|when| when.day)
    }

    fn read(&self, context: &Context<'_>, row: &Row, found: &mut Found) -> Option<value::When> {
        let text = self.field.some(row)?;
        let when = self.dates.when(text, context.zone);
        if when.is_none() {
            found.remarks.push(RowProblem {
                table: self.place.0,
                file: self.place.1.clone(),
                line: row.line,
                column: self.field.column.clone(),
                code: "date-unreadable",
                value: super::report::shortened(text),
            });
        }
        when
    }
}

/// Says so where ids in a column may have been rounded by a spreadsheet.
pub(super) fn note_rounded(table: &Table, id: &Field, found: &mut Found) {
    let rounded = table.rows.iter().filter(|row| value::id_may_be_rounded(id.of(row))).count();
    if rounded > 0 {
        let note = Note::about("ids-rounded", &table.file).with("column", &id.column).with("count", rounded);
        found.notes.push(note);
    }
}

fn yes_or(context: &Context<'_>, text: &str, otherwise: bool) -> bool {
    meaning(&context.map.words.active, text).copied().or_else(|| value::yes(text)).unwrap_or(otherwise)
}

fn full_name(name: &str, given: &str, family: &str) -> String {
    if name.is_empty() { format!("{given} {family}").trim().to_owned() } else { name.to_owned() }
}

/// `Family, Given` and `Given Family`, as given and family name.
fn split_name(name: &str) -> (String, String) {
    match (name.split_once(','), name.rsplit_once(' ')) {
        (Some((family, given)), _) => (given.trim().to_owned(), family.trim().to_owned()),
        (None, Some((given, family))) => (given.trim().to_owned(), family.to_owned()),
        (None, None) => (String::new(), name.to_owned()),
    }
}

fn short(text: &str) -> String {
    text.chars().take(TEXT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_as_people_write_them() {
        for (name, given, family) in
            [("Berg, Åsa", "Åsa", "Berg"), ("Åsa Maria Berg", "Åsa Maria", "Berg"), ("Berg", "", "Berg"), ("", "", "")]
        {
            assert_eq!(split_name(name), (given.to_owned(), family.to_owned()));
        }
    }
}
