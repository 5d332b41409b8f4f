//! How a store stands, whether it is whole, and copies of it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chairside_store::copy;
use serde::Serialize;

use super::output::{FAULTY, Output};
use super::place::Place;
use crate::clock::Clock;
use crate::desk::{Desk, read_key};
use crate::problem::Problem;

/// What the store holds and how it stands.
///
/// # Errors
/// The store's.
pub async fn status(desk: Desk, output: &Output) -> Result<(), Problem> {
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

/// Re-reads the store; the exit code tells whether it is whole.
///
/// # Errors
/// The store's, where it can't even be read.
pub async fn verify(desk: Desk, output: &Output) -> Result<ExitCode, Problem> {
    let verified = desk.store().verify().await?;
    desk.close().await;
    Checked::from(verified).say(output)
}

/// Writes a checked copy.
///
/// # Errors
/// `file-exists`; the store's.
pub async fn backup(desk: Desk, file: &Path, output: &Output) -> Result<(), Problem> {
    let verified = desk.store().backup(file).await.map_err(|error| match error {
        chairside_store::StoreError::Exists(path) => Problem::new("file-exists").with("path", path.display()),
        other => other.into(),
    })?;
    desk.close().await;
    output.note("cli-backed-up", &[("path", file.display().to_string())]);
    Checked::from(verified).say(output)?;
    Ok(())
}

/// Puts a backup in the store's place.
///
/// # Errors
/// `store-is-newer`, `backup-not-whole`; the store's.
pub async fn restore(place: &Place, data: &Path, file: &Path, overwrite: bool, output: &Output) -> Result<(), Problem> {
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

impl From<copy::RestoreRefused> for Problem {
    fn from(refused: copy::RestoreRefused) -> Self {
        match refused {
            copy::RestoreRefused::Newer { newer } => Self::new("store-is-newer").with("count", newer),
            copy::RestoreRefused::NotWhole(at) => Self::new("backup-not-whole").with("at", at),
            copy::RestoreRefused::Store(error) => error.into(),
        }
    }
}
