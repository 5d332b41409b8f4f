//! From a command to its use case and its answer.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chairside_schedule::id::{AppointmentId, KindId, PatientId, PractitionerId};
use chairside_schedule::time::resolve;
use chairside_schedule::{Clinic, Status};
use chairside_store::{Key, copy};
use chrono::NaiveDateTime;
use serde::Serialize;
use uuid::Uuid;

use super::args::{Cli, Command};
use super::output::{FAULTY, Output};
use super::summary;
use crate::api::{
    Accept, BookVisit, CancelVisit, DayRequest, FindPatients, MoveVisit, NewPatient, NextOpenings, PatientHit, Saved,
    VisitCard, VisitWish,
};
use crate::clock::{self, Clock};
use crate::desk::{Desk, DeskOptions, read_key};
use crate::founding;
use crate::import::Rules;
use crate::problem::Problem;
use crate::serve::Server;
use chairside_schedule::appointment::Source;

/// Runs one command.
///
/// # Errors
/// Whatever its use case answers.
pub async fn run(cli: Cli, output: &Output) -> Result<ExitCode, Problem> {
    let place = Place { key_file: cli.key_file, acting: cli.acting };
    match cli.command {
        Command::Found { data, name, zone } => {
            let mut fresh = fresh_ids();
            let clinic = founding::clinic(&name, zone, &mut fresh);
            let desk = Desk::found(place.options(&data, Clock::system())?, clinic).await?;
            output.note("cli-founded", &[("name", name), ("path", data.display().to_string())]);
            desk.close().await;
        }
        Command::Import { path, data, map, zone, dry_run } => {
            import(&place, &data, Import { path, map, zone, dry_run }, output).await?;
        }
        Command::Export { path, data } => {
            let desk = place.open(&data).await?;
            desk.export(&path).await?;
            desk.close().await;
            output.note("cli-exported", &[("path", path.display().to_string())]);
        }
        Command::Day { date, data, all } => {
            let desk = place.open(&data).await?;
            let date = date.unwrap_or_else(|| desk.local_now().date());
            let board = desk.day_board(DayRequest { date }).await?;
            output.answer(&board, |_| {
                let clinic = desk.store().clinic();
                board.visits.iter().filter(|card| all || shown(card)).map(|card| line(&clinic, card)).collect()
            })?;
            desk.close().await;
        }
        Command::Openings { kind, from, practitioner, minutes, limit, data } => {
            let desk = place.open(&data).await?;
            let clinic = desk.store().clinic();
            let request = NextOpenings {
                kind: kind_named(&clinic, &kind)?,
                minutes,
                practitioner: practitioner.map(|name| practitioner_named(&clinic, &name)).transpose()?,
                from,
                limit,
            };
            let openings = desk.next_openings(request).await?;
            output.answer(&openings, |_| {
                let name = |id| clinic.practitioner(id).map(|found| found.name.clone()).unwrap_or_default();
                openings
                    .iter()
                    .map(|opening| {
                        format!("{}  {:>3} min  {}", minute(opening.start), opening.minutes, name(opening.practitioner))
                    })
                    .collect()
            })?;
            desk.close().await;
        }
        Command::Book {
            data,
            patient,
            new_patient,
            birth,
            personnummer,
            phone,
            practitioner,
            kind,
            start,
            minutes,
            note,
            accept,
            overbook_reason,
            id,
        } => {
            let desk = place.open(&data).await?;
            let clinic = desk.store().clinic();
            let kind = kind_named(&clinic, &kind)?;
            let wish = VisitWish {
                patient: match &patient {
                    Some(text) => Some(one_patient(&desk, text).await?),
                    None => None,
                },
                practitioner: practitioner_named(&clinic, &practitioner)?,
                chair: None,
                kind,
                start,
                minutes: minutes.or(clinic.kind(kind).map(|kind| kind.minutes)).unwrap_or_default(),
            };
            let new_patient = new_patient.map(|name| {
                let (given, family) = name.rsplit_once(' ').unwrap_or((name.as_str(), ""));
                NewPatient {
                    given: given.to_owned(),
                    family: family.to_owned(),
                    birth: birth.unwrap_or_default(),
                    personnummer: personnummer.unwrap_or_default(),
                    phone: phone.unwrap_or_default(),
                    email: String::new(),
                }
            });
            let id = AppointmentId(id.unwrap_or_else(|| clock::fresh_id(desk.clock().now_ms())));
            let accept = Accept { warnings: accept, overbook_reason };
            let saved =
                desk.book_visit(BookVisit { id, wish, new_patient, note, source: Source::Other, accept }).await?;
            finish(desk, output, &saved).await?;
        }
        Command::Move { id, data, start, practitioner, minutes, accept, overbook_reason } => {
            let desk = place.open(&data).await?;
            let clinic = desk.store().clinic();
            let id = AppointmentId(id);
            let visit = desk.store().appointment(id).await?.ok_or_else(|| Problem::new("unknown-visit"))?;
            let saved = desk
                .move_visit(MoveVisit {
                    id,
                    version: visit.version,
                    practitioner: match practitioner {
                        Some(name) => practitioner_named(&clinic, &name)?,
                        None => visit.practitioner,
                    },
                    start: start.unwrap_or(visit.time.local),
                    minutes: minutes.unwrap_or(visit.time.minutes),
                    accept: Accept { warnings: accept, overbook_reason },
                })
                .await?;
            finish(desk, output, &saved).await?;
        }
        Command::Cancel { id, data, by, reason } => {
            let desk = place.open(&data).await?;
            let id = AppointmentId(id);
            let visit = desk.store().appointment(id).await?.ok_or_else(|| Problem::new("unknown-visit"))?;
            let saved = desk.cancel_visit(CancelVisit { id, version: visit.version, by, reason }).await?;
            finish(desk, output, &saved).await?;
        }
        Command::Status { data } => status(place.open(&data).await?, output).await?,
        Command::Verify { data } => return verify(place.open(&data).await?, output).await,
        Command::Backup { file, data } => backup(place.open(&data).await?, &file, output).await?,
        Command::Restore { file, data, overwrite_newer } => {
            restore(&place, &data, &file, overwrite_newer, output).await?;
        }
        Command::Demo { data, now } => {
            let at = |now| Clock::starting_at(resolve(&founding::DEFAULT_ZONE, now).earliest());
            let options = place.options(&data, now.map_or_else(Clock::system, at))?;
            if !options.key_file.exists() {
                make_key(&options.key_file)?;
            }
            let desk = Desk::found_demo(options).await?;
            output.note(
                "cli-founded",
                &[("name", desk.store().clinic().name.clone()), ("path", data.display().to_string())],
            );
            desk.close().await;
        }
        Command::Serve { http, data, ui, now } => {
            let clock = match now {
                Some(now) => clock_at(&place, &data, now).await?,
                None => Clock::system(),
            };
            let desk = Desk::open(place.options(&data, clock)?).await?;
            serve(desk, http, ui, output).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Import {
    path: PathBuf,
    map: Option<PathBuf>,
    zone: Option<chrono_tz::Tz>,
    dry_run: bool,
}

async fn import(place: &Place, data: &Path, import: Import, output: &Output) -> Result<(), Problem> {
    let clock = Clock::system();
    let options = place.options(data, clock.clone())?;
    let is_new = !chairside_store::StoreFiles::new(data).database().exists();
    let founding = |name: &str| founding::clinic(name, import.zone.unwrap_or(founding::DEFAULT_ZONE), &mut fresh_ids());
    let rules_of_new = || {
        let clinic = founding("");
        Rules { grid: clinic.grid, breaks: clinic.breaks, hours: None }
    };
    let desk = if is_new { None } else { Some(Desk::open(options.clone()).await?) };
    let store_zone = desk.as_ref().map(|desk| desk.store().clinic().zone);
    let zone = import.zone.or(store_zone).unwrap_or(founding::DEFAULT_ZONE);
    let read = crate::import::read(crate::import::Options {
        path: import.path.clone(),
        map: import.map,
        zone: import.zone,
        store_zone,
        rules: desk.as_ref().map_or_else(rules_of_new, Desk::import_rules),
        today: clock.today(zone),
        now: clock.now(),
    });
    // Read before a clinic is made: what can't be read leaves nothing behind.
    let plan = read.await?;
    let rows = (plan.patients.len() + plan.appointments.len()) as u64;
    let summary = if import.dry_run {
        match &desk {
            Some(desk) => desk.bring_dry(plan).await?,
            None => plan.summary(&crate::import::Known::default()),
        }
    } else {
        let desk = match &desk {
            Some(desk) => desk.clone(),
            None => {
                let name = import.path.file_stem().map(|name| name.to_string_lossy().into_owned());
                Desk::found(options, founding(&name.unwrap_or_default())).await?
            }
        };
        let bar = output.progress(rows, "cli-importing");
        let ticks = bar.clone();
        let summary = desk.bring(plan, move |rows| ticks.inc(rows)).await?;
        bar.finish_and_clear();
        desk.close().await;
        summary
    };
    if let Some(desk) = &desk {
        desk.close().await;
    }
    output.answer(&summary, |messages| summary::lines(&summary, messages))
}

/// Where the key lies and who works.
struct Place {
    key_file: Option<PathBuf>,
    acting: Option<String>,
}

impl Place {
    fn options(&self, data: &Path, clock: Clock) -> Result<DeskOptions, Problem> {
        Ok(DeskOptions {
            folder: data.to_owned(),
            key_file: self.key_file.clone().ok_or_else(|| Problem::new("key-not-given"))?,
            acting: self.acting.clone(),
            clock,
        })
    }

    async fn open(&self, data: &Path) -> Result<Desk, Problem> {
        Desk::open(self.options(data, Clock::system())?).await
    }
}

pub(super) fn fresh_ids() -> impl FnMut() -> Uuid {
    let clock = Clock::system();
    move || clock::fresh_id(clock.now_ms())
}

/// A key of its own for the demo; a clinic's comes from whoever sets it up.
fn make_key(path: &Path) -> Result<(), Problem> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| chairside_store::StoreError::file(folder, error))?;
    }
    Key::write_new(path, clock::random())?;
    Ok(())
}

/// A clock that shows `now` on the clinic's wall when it starts.
async fn clock_at(place: &Place, data: &Path, now: NaiveDateTime) -> Result<Clock, Problem> {
    let desk = place.open(data).await?;
    let zone = desk.store().clinic().zone;
    desk.close().await;
    Ok(Clock::starting_at(resolve(&zone, now).earliest()))
}

async fn finish(desk: Desk, output: &Output, saved: &Saved) -> Result<(), Problem> {
    let clinic = desk.store().clinic();
    output.answer(saved, |_| vec![line(&clinic, &saved.visit)])?;
    desk.close().await;
    Ok(())
}

/// Statuses that are on the board without asking.
fn shown(card: &VisitCard) -> bool {
    !matches!(card.status, Status::Cancelled | Status::Noshow | Status::EnteredInError)
}

fn line(clinic: &Clinic, card: &VisitCard) -> String {
    let practitioner = clinic.practitioner(card.practitioner).map(|found| found.name.as_str()).unwrap_or_default();
    let kind = clinic.kind(card.kind).map(|kind| kind.name.as_str()).unwrap_or_default();
    let patient = if card.patient.name.is_empty() {
        card.patient.external_id.as_deref().unwrap_or("–")
    } else {
        &card.patient.name
    };
    format!(
        "{}  {:>3} min  {:<22} {:<24} {:<22} {:<10} {}",
        minute(card.start),
        card.minutes,
        practitioner,
        patient,
        kind,
        card.status.as_str(),
        card.id
    )
}

fn minute(time: NaiveDateTime) -> impl std::fmt::Display {
    time.format("%Y-%m-%d %H:%M")
}

fn kind_named(clinic: &Clinic, text: &str) -> Result<KindId, Problem> {
    let wanted = text.parse::<KindId>().ok();
    let found = clinic.kinds.iter().find(|kind| Some(kind.id) == wanted || kind.name.eq_ignore_ascii_case(text));
    found.map(|kind| kind.id).ok_or_else(|| {
        let names: Vec<&str> = clinic.kinds.iter().map(|kind| kind.name.as_str()).collect();
        Problem::new("unknown-kind-named").with("name", text).with("known", names.join(", "))
    })
}

fn practitioner_named(clinic: &Clinic, text: &str) -> Result<PractitionerId, Problem> {
    let wanted = text.parse::<PractitionerId>().ok();
    let found = clinic
        .practitioners
        .iter()
        .find(|practitioner| Some(practitioner.id) == wanted || practitioner.name.eq_ignore_ascii_case(text));
    found.map(|practitioner| practitioner.id).ok_or_else(|| {
        let names: Vec<&str> = clinic.practitioners.iter().map(|practitioner| practitioner.name.as_str()).collect();
        Problem::new("unknown-practitioner-named").with("name", text).with("known", names.join(", "))
    })
}

async fn one_patient(desk: &Desk, text: &str) -> Result<PatientId, Problem> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let mut hits = desk.find_patients(FindPatients { text: text.to_owned(), limit: 50 }).await?;
    // Somebody who *is* called that goes before all who merely contain it.
    let named = |hit: &PatientHit| hit.external_id.as_deref() == Some(text) || hit.name.eq_ignore_ascii_case(text);
    if hits.iter().any(named) {
        hits.retain(named);
    }
    match hits.as_slice() {
        [hit] => Ok(hit.id),
        [] => Err(Problem::new("no-patient-found").with("text", text)),
        _ => Err(Problem::new("several-patients-found").with("text", text)),
    }
}

async fn status(desk: Desk, output: &Output) -> Result<(), Problem> {
    #[derive(Serialize)]
    struct Document {
        clinic: String,
        zone: String,
        practitioners: usize,
        kinds: usize,
        first_day: Option<chrono::NaiveDate>,
        last_day: Option<chrono::NaiveDate>,
        entries: u64,
        incarnation: String,
        tip: String,
        paired: bool,
    }
    let view = desk.clinic(()).await?;
    let tip = desk.store().tip();
    let document = Document {
        clinic: view.name,
        zone: view.zone,
        practitioners: view.practitioners.len(),
        kinds: view.kinds.len(),
        first_day: view.visit_days.map(|(first, _)| first),
        last_day: view.visit_days.map(|(_, last)| last),
        entries: tip.seq,
        incarnation: tip.incarnation.to_string(),
        tip: tip.hash.to_string(),
        paired: view.paired,
    };
    output.answer(&document, |messages| {
        let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "–".to_owned(), |day| day.to_string());
        vec![
            format!("{} · {}", document.clinic, document.zone),
            format!("{} – {}", day(document.first_day), day(document.last_day)),
            messages.format("cli-entries", &[("count".to_owned(), document.entries.to_string())].into()),
            messages.text(if document.paired { "cli-paired" } else { "cli-not-paired" }),
        ]
    })?;
    desk.close().await;
    Ok(())
}

/// What a check found. No time of day and no duration, so that the same store
/// always answers the same bytes.
#[derive(Serialize)]
struct Checked {
    ok: bool,
    entries: u64,
    appointments: u64,
    patients: u64,
    accepted_clashes: u64,
    tip: String,
    fault: Option<&'static str>,
    fault_at: Option<String>,
}

impl From<chairside_store::Verified> for Checked {
    fn from(verified: chairside_store::Verified) -> Self {
        Self {
            ok: verified.fault.is_none(),
            entries: verified.entries,
            appointments: verified.appointments,
            patients: verified.patients,
            accepted_clashes: verified.accepted_clashes,
            tip: verified.tip.to_string(),
            fault: verified.fault.as_ref().map(chairside_store::Fault::code),
            fault_at: verified.fault.as_ref().map(ToString::to_string),
        }
    }
}

impl Checked {
    fn say(&self, output: &Output) -> Result<ExitCode, Problem> {
        output.answer(self, |messages| {
            let args = [
                ("entries".to_owned(), self.entries.to_string()),
                ("appointments".to_owned(), self.appointments.to_string()),
                ("patients".to_owned(), self.patients.to_string()),
                ("at".to_owned(), self.fault_at.clone().unwrap_or_default()),
            ]
            .into();
            let verdict = self.fault.map_or_else(|| "cli-verified".to_owned(), |code| format!("fault-{code}"));
            vec![messages.format(&verdict, &args)]
        })?;
        Ok(if self.ok { ExitCode::SUCCESS } else { ExitCode::from(FAULTY) })
    }
}

async fn verify(desk: Desk, output: &Output) -> Result<ExitCode, Problem> {
    let verified = desk.store().verify().await?;
    desk.close().await;
    Checked::from(verified).say(output)
}

async fn backup(desk: Desk, file: &Path, output: &Output) -> Result<(), Problem> {
    let verified = desk.store().backup(file).await.map_err(|error| match error {
        chairside_store::StoreError::Exists(path) => Problem::new("file-exists").with("path", path.display()),
        other => other.into(),
    })?;
    desk.close().await;
    output.note("cli-backed-up", &[("path", file.display().to_string())]);
    Checked::from(verified).say(output)?;
    Ok(())
}

async fn restore(place: &Place, data: &Path, file: &Path, overwrite: bool, output: &Output) -> Result<(), Problem> {
    #[derive(Serialize)]
    struct Document {
        restored_entries: u64,
        replaced_entries: Option<u64>,
        kept_in: Option<PathBuf>,
        incarnation: String,
    }
    let options = place.options(data, Clock::system())?;
    let key = read_key(&options.key_file)?;
    let restored = copy::restore(data, &key, file, overwrite).await?;
    // Opening it once lets it notice that it was restored, and say so in its log.
    let desk = Desk::open(options).await?;
    let document = Document {
        restored_entries: restored.backup.seq,
        replaced_entries: restored.replaced.map(|tip| tip.seq),
        kept_in: restored.kept_in,
        incarnation: desk.store().tip().incarnation.to_string(),
    };
    desk.close().await;
    output.answer(&document, |messages| {
        let kept = document.kept_in.as_ref().map(|path| path.display().to_string());
        let args = [
            ("entries".to_owned(), document.restored_entries.to_string()),
            ("path".to_owned(), kept.clone().unwrap_or_default()),
        ]
        .into();
        vec![messages.format(if kept.is_some() { "cli-restored-over" } else { "cli-restored" }, &args)]
    })
}

async fn serve(desk: Desk, address: std::net::SocketAddr, ui: Option<PathBuf>, output: &Output) -> Result<(), Problem> {
    #[derive(Serialize)]
    struct Document {
        url: String,
        address: std::net::SocketAddr,
    }
    let server = Server::bind(desk.clone(), address, ui).await?;
    let document = Document { url: server.url(), address: server.address() };
    output.answer(&document, |_| vec![document.url.clone()])?;
    let done = server.run(until_told_to_stop()).await;
    desk.close().await;
    done.map_err(|error| Problem::new("internal").with("detail", error))
}

/// Until Ctrl+C, or whoever started us ends us.
async fn until_told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = async { tokio::signal::ctrl_c().await };
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                result = interrupted => log_signal(result),
                _ = terminated.recv() => {}
            }
        }
        Err(error) => {
            log_signal(Err(error));
            log_signal(interrupted.await);
        }
    }
}

fn log_signal(result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "signals can't be heard");
    }
}

impl From<copy::RestoreRefused> for Problem {
    fn from(refused: copy::RestoreRefused) -> Self {
        match refused {
            copy::RestoreRefused::Newer { newer } => Self::new("store-is-newer").with("count", newer),
            copy::RestoreRefused::NotWhole(at) => Self::new("backup-not-whole").with("at", at),
            copy::RestoreRefused::Store(error) => error.into(),
        }
    }
}
