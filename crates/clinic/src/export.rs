//! Everything a clinic owns, as files that outlive this program: CSV tables a
//! spreadsheet opens, and one JSON file that holds all of it, lossless.
//!
//! **Promise.** Importing [`EVERYTHING_FILE`] into an empty store gives the
//! same clinic: same ids, versions, times and flags. Rows are written as they
//! are handed in, so memory doesn't grow with the clinic. The folder appears
//! whole or not at all.
//!
//! Cells hold what the clinic holds. One that begins with `=` is a formula to a
//! spreadsheet; changing it would change the clinic's data, so it stays, and
//! `docs/IMPORT.md` tells people to open such files as text.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chairside_schedule::appointment::Appointment;
use chairside_schedule::clinic::Clinic;
use chairside_schedule::hours::{Blockout, Break};
use chairside_schedule::patient::{Patient, Personnummer, PhoneNumber};
use chairside_schedule::time::Instant;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// The file that holds everything.
pub const EVERYTHING_FILE: &str = "chairside.json";

/// What stands at the top of it, so that no other JSON file is taken for one.
const FORMAT: &str = "chairside-export";

/// Raised when a reader of the version before would misunderstand the file.
const VERSION: u32 = 1;

/// Everything a clinic owns.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Everything {
    /// Settings, people, kinds of visit, hours, breaks, chairs.
    pub clinic: Clinic,
    /// Stretches that are not for visits.
    pub blockouts: Vec<Blockout>,
    /// Patients.
    pub patients: Vec<Patient>,
    /// Visits of every status.
    pub appointments: Vec<Appointment>,
}

#[derive(Deserialize)]
struct Heading {
    format: String,
    version: u32,
}

/// Reads [`EVERYTHING_FILE`] back.
///
/// # Errors
/// `import-json-foreign` (not our export), `import-json-newer` (of a later
/// version), `import-json-unreadable` (naming line and column).
pub fn read(file: &str, bytes: &[u8]) -> Result<Everything, Problem> {
    let problem = |code: &str| Problem::new(code).with("file", file);
    let unreadable = |error: &serde_json::Error| {
        problem("import-json-unreadable")
            .with("line", error.line())
            .with("column", error.column())
            .with("detail", error)
    };
    let heading: Heading = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => problem("import-json-foreign"),
        _ => unreadable(&error),
    })?;
    if heading.format != FORMAT {
        return Err(problem("import-json-foreign"));
    }
    if heading.version > VERSION {
        return Err(problem("import-json-newer"));
    }
    serde_json::from_slice(bytes).map_err(|error| unreadable(&error))
}

/// Writes everything at once; for clinics that fit in memory.
///
/// # Errors
/// As [`ExportPatients::create`].
pub fn write(folder: &Path, everything: &Everything) -> Result<(), Problem> {
    let mut patients = ExportPatients::create(folder, &everything.clinic, &everything.blockouts)?;
    for patient in &everything.patients {
        patients.add(patient)?;
    }
    let mut appointments = patients.then_appointments()?;
    for appointment in &everything.appointments {
        appointments.add(appointment)?;
    }
    appointments.finish()
}

/// An export that takes patients.
pub struct ExportPatients(Files);

/// An export that has its patients and takes visits.
pub struct ExportAppointments(Files);

impl ExportPatients {
    /// Begins an export into a folder that isn't there yet, or is empty.
    ///
    /// # Errors
    /// `export-folder-not-empty`, `export-failed`. Nothing is left behind.
    pub fn create(folder: &Path, clinic: &Clinic, blockouts: &[Blockout]) -> Result<Self, Problem> {
        let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if occupied || folder.is_file() {
            return Err(Problem::new("export-folder-not-empty").with("folder", folder.display()));
        }
        Files::create(folder, clinic, blockouts).map(Self).map_err(failed)
    }

    /// Writes one patient.
    ///
    /// # Errors
    /// `export-failed`.
    pub fn add(&mut self, patient: &Patient) -> Result<(), Problem> {
        self.0.patient(patient).map_err(failed)
    }

    /// No more patients.
    ///
    /// # Errors
    /// `export-failed`.
    pub fn then_appointments(mut self) -> Result<ExportAppointments, Problem> {
        self.0.next_list("appointments").map_err(failed)?;
        Ok(ExportAppointments(self.0))
    }
}

impl ExportAppointments {
    /// Writes one visit.
    ///
    /// # Errors
    /// `export-failed`.
    pub fn add(&mut self, appointment: &Appointment) -> Result<(), Problem> {
        self.0.appointment(appointment).map_err(failed)
    }

    /// Makes sure of every byte and lets the folder appear under its name.
    ///
    /// # Errors
    /// `export-failed`.
    pub fn finish(mut self) -> Result<(), Problem> {
        self.0.finish().map_err(failed)
    }
}

fn failed(error: io::Error) -> Problem {
    let code = if error.kind() == io::ErrorKind::StorageFull { "export-disk-full" } else { "export-failed" };
    Problem::new(code).with("detail", error)
}

/// The files of an export under way, in a folder of their own until they are whole.
struct Files {
    folder: PathBuf,
    part: PathBuf,
    json: BufWriter<File>,
    list_is_empty: bool,
    patients: csv::Writer<File>,
    appointments: csv::Writer<File>,
    finished: bool,
}

impl Files {
    fn create(folder: &Path, clinic: &Clinic, blockouts: &[Blockout]) -> io::Result<Self> {
        let mut part = folder.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        if part.exists() {
            // Left by an export that was cut off.
            fs::remove_dir_all(&part)?;
        }
        fs::create_dir_all(&part)?;
        let mut files = Self {
            folder: folder.to_owned(),
            json: BufWriter::new(File::create_new(part.join(EVERYTHING_FILE))?),
            list_is_empty: true,
            patients: table(&part, "patients", PATIENT_COLUMNS)?,
            appointments: table(&part, "appointments", APPOINTMENT_COLUMNS)?,
            part,
            finished: false,
        };
        write!(files.json, "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\n\"clinic\":")?;
        serde_json::to_writer(&mut files.json, clinic)?;
        files.json.write_all(b",\n\"blockouts\":")?;
        serde_json::to_writer(&mut files.json, blockouts)?;
        files.json.write_all(b",\n\"patients\":[\n")?;
        settings(&files.part, clinic, blockouts)?;
        Ok(files)
    }

    /// One row of the list the JSON file is in.
    fn row(&mut self, row: &impl Serialize) -> io::Result<()> {
        if !self.list_is_empty {
            self.json.write_all(b",\n")?;
        }
        self.list_is_empty = false;
        Ok(serde_json::to_writer(&mut self.json, row)?)
    }

    fn next_list(&mut self, name: &str) -> io::Result<()> {
        self.list_is_empty = true;
        write!(self.json, "\n],\n\"{name}\":[\n")
    }

    fn patient(&mut self, patient: &Patient) -> io::Result<()> {
        self.row(patient)?;
        let cells = [
            patient.id.to_string(),
            patient.version.to_string(),
            patient.external_id.clone().unwrap_or_default(),
            patient.given.clone(),
            patient.family.clone(),
            text(patient.personnummer.as_ref().map(Personnummer::digits)),
            text(patient.birth),
            text(patient.phone.as_ref().map(PhoneNumber::as_str)),
            patient.email.clone(),
            patient.gender.as_str().to_owned(),
            patient.alert.clone(),
            patient.note.clone(),
            patient.protected.to_string(),
            text(patient.guardian),
            patient.active.to_string(),
            moment(Some(patient.created_at)),
        ];
        Ok(self.patients.write_record(&cells)?)
    }

    fn appointment(&mut self, visit: &Appointment) -> io::Result<()> {
        self.row(visit)?;
        let cells = [
            visit.id.to_string(),
            visit.version.to_string(),
            visit.external_id.clone().unwrap_or_default(),
            visit.patient.to_string(),
            visit.practitioner.to_string(),
            text(visit.chair),
            visit.kind.to_string(),
            visit.time.local.format("%Y-%m-%dT%H:%M:%S").to_string(),
            visit.time.zone.name().to_owned(),
            moment(Some(visit.time.interval.start)),
            visit.time.minutes.to_string(),
            visit.status.as_str().to_owned(),
            visit.confirmed.to_string(),
            visit.note.clone(),
            visit.source.as_str().to_owned(),
            visit.overbooked.clone().unwrap_or_default(),
            text(visit.cancellation.as_ref().map(|it| it.by.as_str())),
            text(visit.cancellation.as_ref().map(|it| it.reason.as_str())),
            moment(visit.arrived_at),
            moment(visit.seated_at),
            moment(visit.done_at),
            moment(visit.left_at),
            text(visit.follows),
            moment(Some(visit.created_at)),
            visit.flags.0.to_string(),
        ];
        Ok(self.appointments.write_record(&cells)?)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.json.write_all(b"\n]}\n")?;
        self.json.flush()?;
        self.patients.flush()?;
        self.appointments.flush()?;
        for entry in fs::read_dir(&self.part)? {
            File::open(entry?.path())?.sync_all()?;
        }
        if self.folder.is_dir() {
            fs::remove_dir(&self.folder)?;
        }
        fs::rename(&self.part, &self.folder)?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = fs::remove_dir_all(&self.part)
        {
            tracing::warn!(error = %error, "an unfinished export could not be removed");
        }
    }
}

const PATIENT_COLUMNS: &[&str] = &[
    "patient_id",
    "version",
    "external_id",
    "given",
    "family",
    "personnummer",
    "birth",
    "phone",
    "email",
    "gender",
    "alert",
    "note",
    "protected",
    "guardian_id",
    "active",
    "created_at",
];

const APPOINTMENT_COLUMNS: &[&str] = &[
    "appointment_id",
    "version",
    "external_id",
    "patient_id",
    "practitioner_id",
    "chair_id",
    "kind_id",
    "start",
    "zone",
    "start_utc",
    "minutes",
    "status",
    "confirmed",
    "note",
    "source",
    "overbooked",
    "cancelled_by",
    "cancellation_reason",
    "arrived_at",
    "seated_at",
    "done_at",
    "left_at",
    "follows_id",
    "created_at",
    "flags",
];

fn table(folder: &Path, name: &str, columns: &[&str]) -> io::Result<csv::Writer<File>> {
    let mut table = csv::Writer::from_writer(File::create_new(folder.join(format!("{name}.csv")))?);
    table.write_record(columns)?;
    Ok(table)
}

/// The small tables: everything about a clinic but its patients and visits.
fn settings(folder: &Path, clinic: &Clinic, blockouts: &[Blockout]) -> io::Result<()> {
    let mut people = table(
        folder,
        "practitioners",
        &["practitioner_id", "name", "role", "room", "active_from", "active_until", "bookable_online", "position"],
    )?;
    let mut kinds =
        table(folder, "kinds", &["kind_id", "name", "minutes", "colour", "bookable_online", "emergency", "active"])?;
    let mut hours = table(folder, "hours", &["practitioner_id", "weekday", "start", "end"])?;
    let mut exceptions = table(folder, "exceptions", &["date", "name", "start", "end"])?;
    let mut breaks = table(folder, "breaks", &["break_id", "practitioner_id", "name", "weekdays", "start", "end"])?;
    let mut absences = table(folder, "absences", &["practitioner_id", "from", "until", "start", "end", "reason"])?;
    let mut chairs = table(folder, "chairs", &["chair_id", "name"])?;
    let mut blocked = table(
        folder,
        "blockouts",
        &["blockout_id", "practitioner_id", "chair_id", "day", "start", "end", "reason", "for_emergencies"],
    )?;

    write_hours(&mut hours, "", &clinic.hours)?;
    write_breaks(&mut breaks, "", &clinic.breaks)?;
    for it in &clinic.practitioners {
        let id = it.id.to_string();
        let (from, until) = (text(it.active_from), text(it.active_until));
        let (online, position) = (it.bookable_online.to_string(), it.position.to_string());
        people.write_record([&id, &it.name, &it.role, &it.room, &from, &until, &online, &position])?;
        if let Some(own) = &it.hours {
            write_hours(&mut hours, &id, own)?;
        }
        write_breaks(&mut breaks, &id, it.breaks.as_deref().unwrap_or_default())?;
        for away in &it.absences {
            let (from, until) = (away.from.to_string(), away.until.to_string());
            let (start, end) = (text(away.span.map(|span| span.start)), text(away.span.map(|span| span.end)));
            absences.write_record([&id, &from, &until, &start, &end, &away.reason])?;
        }
    }
    for it in &clinic.kinds {
        let (id, minutes, online) = (it.id.to_string(), it.minutes.to_string(), it.bookable_online.to_string());
        let (emergency, active) = (it.emergency.to_string(), it.active.to_string());
        kinds.write_record([&id, &it.name, &minutes, it.colour.as_str(), &online, &emergency, &active])?;
    }
    for it in &clinic.exceptions {
        if it.spans.is_empty() {
            exceptions.write_record([&it.date.to_string(), &it.name, "", ""])?;
        }
        for span in &it.spans {
            exceptions.write_record([
                &it.date.to_string(),
                &it.name,
                &span.start.to_string(),
                &span.end.to_string(),
            ])?;
        }
    }
    for it in &clinic.chairs {
        chairs.write_record([&it.id.to_string(), &it.name])?;
    }
    for it in blockouts {
        blocked.write_record([
            it.id.to_string(),
            text(it.practitioner),
            text(it.chair),
            it.day.to_string(),
            it.span.start.to_string(),
            it.span.end.to_string(),
            it.reason.clone(),
            it.for_emergencies.to_string(),
        ])?;
    }
    [people, kinds, hours, exceptions, breaks, absences, chairs, blocked].iter_mut().try_for_each(csv::Writer::flush)
}

fn write_hours(
    table: &mut csv::Writer<File>,
    practitioner: &str,
    hours: &chairside_schedule::hours::WeeklyHours,
) -> io::Result<()> {
    for (weekday, spans) in hours.0.iter().enumerate() {
        for span in spans {
            let cells = [&(weekday + 1).to_string(), &span.start.to_string(), &span.end.to_string()];
            table.write_record(std::iter::once(practitioner).chain(cells.map(String::as_str)))?;
        }
    }
    Ok(())
}

fn write_breaks(table: &mut csv::Writer<File>, practitioner: &str, breaks: &[Break]) -> io::Result<()> {
    for it in breaks {
        let weekdays: String =
            (1..=7).zip(it.weekdays).filter(|(_, held)| *held).map(|(weekday, _)| weekday.to_string()).collect();
        let (id, start, end) = (it.id.to_string(), it.span.start.to_string(), it.span.end.to_string());
        table.write_record([id.as_str(), practitioner, &it.name, &weekdays, &start, &end])?;
    }
    Ok(())
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn moment(instant: Option<Instant>) -> String {
    text(instant.map(|instant| instant.utc().format("%Y-%m-%dT%H:%M:%SZ")))
}
