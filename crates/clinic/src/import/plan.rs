//! From tables to people, kinds and visits: the plan of an import. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use chairside_schedule::appointment::{Appointment, Flags};
use chairside_schedule::clinic::Clinic;
use chairside_schedule::hours::{Blockout, WeeklyHours};
use chairside_schedule::id::{AppointmentId, KindId, PatientId, PractitionerId};
use chairside_schedule::kind::VisitKind;
use chairside_schedule::patient::Patient;
use chairside_schedule::practitioner::Practitioner;
use chairside_schedule::time::Instant;
use chrono::NaiveDate;
use chrono_tz::Tz;
use uuid::{Builder, Uuid};

use super::bind::Roles;
use super::kinds::Kinds;
use super::map::Map;
use super::people::{Patients, Practitioners};
use super::report::{Code, Note, Role, RowProblem, Summary, TableCount, shortened};
use super::table::{Row, Table};
use super::visits::Named;
use super::{DEFAULT_ZONE, Options, hours, visits};

/// Everything an import will write, and what it found on the way.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The map's name, or `chairside` for our own export.
    pub source: String,
    /// The zone its times were taken in.
    pub zone: Tz,
    /// The clinic's settings; only our own export brings them. Its people and
    /// kinds stand below as well.
    pub clinic: Option<Clinic>,
    /// In the order of the other system.
    pub practitioners: Vec<Practitioner>,
    /// The most used first.
    pub kinds: Vec<VisitKind>,
    /// In the order of the other system, those known only by an id last.
    pub patients: Vec<Patient>,
    /// In the order of the other system. `follows` always names one of them.
    pub appointments: Vec<Appointment>,
    /// Only our own export brings any.
    pub blockouts: Vec<Blockout>,
    /// Opening hours that the visits suggest; to be marked as derived.
    pub hours: WeeklyHours,
    /// Rows of each table, readable or not.
    pub rows_by_table: BTreeMap<Role, u64>,
    /// Rows that stand twice, word for word.
    pub repeats: BTreeMap<Role, u64>,
    /// Visits by the other system's status word.
    pub by_source_status: BTreeMap<String, u64>,
    /// Pairs of visits that overlap in one practitioner's column.
    pub clashes: u64,
    /// Ids of people and kinds that no table described.
    pub made: HashSet<Uuid>,
    /// Rows that couldn't be read.
    pub problems: Vec<RowProblem>,
    /// Cells that couldn't be read, of rows that came in without them.
    pub remarks: Vec<RowProblem>,
    /// About whole files.
    pub notes: Vec<Note>,
}

/// Which ids the store had before the import.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Practitioners.
    pub practitioners: HashSet<PractitionerId>,
    /// Kinds of visit.
    pub kinds: HashSet<KindId>,
    /// Patients.
    pub patients: HashSet<PatientId>,
    /// Appointments.
    pub appointments: HashSet<AppointmentId>,
}

/// Plans an import. `roles` says which table is which.
pub fn plan(tables: &[Table], map: &Map, roles: &Roles, options: &Options, mut notes: Vec<Note>) -> Plan {
    let zone = options.zone.or(map.zone).or(options.store_zone).unwrap_or(DEFAULT_ZONE);
    let context = Context { map, zone, today: options.today, now: options.now };
    let mut found = Found::default();
    let mut rows_by_table = BTreeMap::new();
    for (at, table) in tables.iter().enumerate() {
        let role = roles.iter().find(|(_, used)| **used == at).map(|(role, _)| *role);
        let Some(role) = role else {
            notes.push(Note::about("table-unused", &table.file));
            continue;
        };
        notes.extend(table.notes.iter().cloned());
        rows_by_table.insert(role, table.row_count());
        let place = Place { role, table };
        found.problems.extend(table.broken.iter().map(|broken| RowProblem {
            table: role,
            file: table.file.clone(),
            line: broken.line,
            column: String::new(),
            code: broken.code,
            value: broken.value.clone(),
        }));
        notes.extend(place.unused_columns(map));
    }
    let table = |role: Role| roles.get(&role).map(|&at| &tables[at]);

    let mut named = Named {
        practitioners: Practitioners::read(&context, table(Role::Practitioners), &mut found),
        patients: Patients::read(&context, table(Role::Patients), &mut found),
        kinds: Kinds::read(&context, table(Role::Kinds), table(Role::Appointments), &mut found),
    };
    let visits = table(Role::Appointments)
        .map_or_else(visits::Visits::default, |table| visits::read(&context, table, &mut named, &mut found));
    let Named { practitioners, patients, kinds } = named;
    let mut appointments = visits.appointments;
    let practitioners = practitioners.finish(&appointments, options.today);
    let clashes = hours::flag_clashes(&mut appointments);
    let derived = hours::derive(&appointments, options.rules.grid);
    hours::flag(&mut appointments, &practitioners, &options.rules, &derived);

    found.problems.sort_by(|a, b| (a.table, &a.file, a.line).cmp(&(b.table, &b.file, b.line)));
    notes.extend(found.notes);
    Plan {
        source: map.name.clone(),
        zone,
        clinic: None,
        practitioners,
        kinds: kinds.finish(),
        patients: patients.finish(&mut found.remarks),
        appointments,
        blockouts: Vec::new(),
        hours: derived,
        rows_by_table,
        repeats: found.repeats,
        by_source_status: visits.by_source_status,
        clashes,
        made: found.made,
        problems: found.problems,
        remarks: found.remarks,
        notes,
    }
}

impl Plan {
    /// What the import does to a store that knew `known` before: what the
    /// command prints, in a dry run too.
    pub fn summary(&self, known: &Known) -> Summary {
        let mut tables: BTreeMap<Role, TableCount> = BTreeMap::new();
        let mut made: BTreeMap<Role, u64> = BTreeMap::new();
        let mut count = |role: Role, id: Uuid, there: bool| {
            if self.made.contains(&id) {
                *made.entry(role).or_default() += u64::from(!there);
            } else {
                let count = tables.entry(role).or_default();
                *(if there { &mut count.already_there } else { &mut count.added }) += 1;
            }
        };
        for it in &self.practitioners {
            count(Role::Practitioners, it.id.0, known.practitioners.contains(&it.id));
        }
        for it in &self.kinds {
            count(Role::Kinds, it.id.0, known.kinds.contains(&it.id));
        }
        for it in &self.patients {
            count(Role::Patients, it.id.0, known.patients.contains(&it.id));
        }
        for it in &self.appointments {
            count(Role::Appointments, it.id.0, known.appointments.contains(&it.id));
        }
        for (role, rows) in &self.rows_by_table {
            let count = tables.entry(*role).or_default();
            count.rows = *rows;
            count.already_there += self.repeats.get(role).copied().unwrap_or(0);
            count.problems = self.problems.iter().filter(|problem| problem.table == *role).count() as u64;
        }
        let visits = tables.get(&Role::Appointments).copied().unwrap_or_default();
        Summary {
            source: self.source.clone(),
            zone: self.zone.name().to_owned(),
            rows_read: visits.rows,
            tables,
            by_source_status: self.by_source_status.clone(),
            by_status: self.by_status(),
            clashes: self.clashes,
            by_flag: self.by_flag(),
            flagged: self.appointments.iter().filter(|visit| visit.flags.0 & !Flags::IMPORTED.0 != 0).count() as u64,
            follow_ups: self.appointments.iter().filter(|visit| visit.follows.is_some()).count() as u64,
            made,
            added: visits.added,
            already_there: visits.already_there,
            problems: self.problems.clone(),
            remarks: self.remarks.clone(),
            notes: self.notes.clone(),
        }
    }

    /// Visits by status.
    pub fn by_status(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for visit in &self.appointments {
            *counts.entry(visit.status.as_str()).or_default() += 1;
        }
        counts
    }

    /// Visits by what was found odd about them, by the catalogue's `flag-…`.
    pub fn by_flag(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for visit in &self.appointments {
            let odd = Flags(visit.flags.0 & !Flags::IMPORTED.0);
            for word in odd.words() {
                *counts.entry(word).or_default() += 1;
            }
        }
        counts
    }
}

/// What every row is read by.
pub(super) struct Context<'a> {
    pub map: &'a Map,
    pub zone: Tz,
    pub today: NaiveDate,
    pub now: Instant,
}

impl Context<'_> {
    /// The id here of what the other system calls `key`. The same for ever:
    /// version 8, from BLAKE3 over the map's name, the entity and the key, each
    /// with its length before it.
    pub fn uuid(&self, entity: &str, key: &str) -> Uuid {
        if self.map.keep_ids
            && let Ok(uuid) = Uuid::parse_str(key)
        {
            return uuid;
        }
        let mut hasher = blake3::Hasher::new();
        for part in ["chairside import 1", &self.map.name, entity, key] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// Everything found while reading that isn't a row come in.
#[derive(Default)]
pub(super) struct Found {
    pub problems: Vec<RowProblem>,
    pub remarks: Vec<RowProblem>,
    pub notes: Vec<Note>,
    pub repeats: BTreeMap<Role, u64>,
    pub made: HashSet<Uuid>,
}

/// A table in its role: where problems are.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub role: Role,
    pub table: &'a Table,
}

impl Place<'_> {
    pub fn problem(&self, row: &Row, column: &str, code: Code, value: &str) -> RowProblem {
        RowProblem {
            table: self.role,
            file: self.table.file.clone(),
            line: row.line,
            column: column.to_owned(),
            code,
            value: shortened(value),
        }
    }

    /// Columns that nothing here has a place for, so that nobody thinks they came in.
    fn unused_columns(&self, map: &Map) -> Option<Note> {
        let bound: HashSet<usize> = super::map::fields(self.role)
            .iter()
            .filter_map(|field| super::bind::Field::bind(map, self.role, self.table, field).at)
            .collect();
        let headers = &self.table.headers;
        let unused: Vec<&str> =
            (0..headers.len()).filter(|at| !bound.contains(at)).map(|at| headers[at].as_str()).collect();
        let note = || Note::about("columns-unused", &self.table.file).with("columns", unused.join(", "));
        (!unused.is_empty()).then(note)
    }
}

/// Tells rows that were seen before from new ones.
#[derive(Default)]
pub(super) struct Seen<'r>(HashMap<String, &'r Row>);

impl<'r> Seen<'r> {
    /// Whether the row under this key is new. A second one that says the same
    /// is passed over, one that says something else is a problem.
    pub fn is_new(&mut self, key: &str, row: &'r Row, place: Place<'_>, column: &str, found: &mut Found) -> bool {
        match self.0.get(key) {
            None => {
                self.0.insert(key.to_owned(), row);
                true
            }
            Some(first) if first.same_cells(row) => {
                *found.repeats.entry(place.role).or_default() += 1;
                false
            }
            Some(_) => {
                found.problems.push(place.problem(row, column, "id-twice", key));
                false
            }
        }
    }
}
