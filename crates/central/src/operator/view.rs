//! How things are shown to an operator: what stands open and since when, never
//! whose it is.

use std::collections::HashMap;

use chairside_schedule::ClinicId;
use chairside_schedule::time::day_from_number;
use chairside_sync::body::Id;
use chairside_sync::breaker::Phase;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::work::Operator;
use crate::store::care::{Lined, Tally};
use crate::store::clinics::{Clinic, Orphan, state_word};
use crate::store::devices::Device;
use crate::store::mails::DeadMail;
use crate::store::told::state_word as request_word;
use crate::store::{Storage, StorageError};

/// What clinics are called.
pub type Names = HashMap<ClinicId, String>;

/// A clinic. Moments are milliseconds since 1970 in UTC.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClinicLine {
    /// Its id.
    pub clinic: Uuid,
    /// What it is called.
    pub name: String,
    /// How it is reached: `live`, `checking`, `catching_up`, `reconnecting` or `offline`; or
    /// `awaiting_desk`, before a desk was paired with it.
    pub state: String,
    /// Since when.
    pub since_ms: i64,
    /// The circuit breaker: `closed`, `open` or `half_open`.
    pub breaker: String,
    /// The clocks of desk and central are too far apart: nothing is passed on.
    pub clocks_apart: bool,
    /// Days that only a person at the desk decides about.
    pub disputed: usize,
    /// Requests that wait.
    pub held: u64,
    /// When the oldest of these came in.
    pub oldest_ms: Option<i64>,
    /// Requests on their way, without an answer yet.
    pub sent: u64,
    /// Requests set aside for a person.
    pub aside: u64,
    /// Visits that only the mirror had, and the clinic hasn't heard of.
    pub orphans: u64,
    /// Mails that wait.
    pub mails_waiting: u64,
    /// Mails that were tried in vain.
    pub mails_dead: u64,
    /// After a restore: mails wait until the clinic was heard out.
    pub replaying: bool,
}

/// The word for a clinic that no desk speaks for yet.
const AWAITING_DESK: &str = "awaiting_desk";

impl ClinicLine {
    fn of(clinic: &Clinic, tally: &Tally) -> Self {
        Self {
            clinic: clinic.id.0,
            name: clinic.name.clone(),
            state: if clinic.awaits_desk { AWAITING_DESK } else { state_word(clinic.state) }.to_owned(),
            since_ms: clinic.state_since_ms,
            breaker: match tally.breaker {
                Phase::Closed => "closed",
                Phase::Open { .. } => "open",
                Phase::HalfOpen { .. } => "half_open",
            }
            .to_owned(),
            clocks_apart: false,
            disputed: 0,
            held: tally.held,
            oldest_ms: tally.oldest_ms,
            sent: tally.sent,
            aside: tally.aside,
            orphans: tally.orphans,
            mails_waiting: tally.mails_waiting,
            mails_dead: tally.mails_dead,
            replaying: tally.replaying,
        }
    }
}

/// Every clinic, by name; what a running service knows is newer than what is kept.
pub async fn clinics<S: Storage>(operator: &Operator<S>) -> Result<Vec<ClinicLine>, StorageError> {
    let clinics = operator.storage.clinics().await?;
    let mut tallies: HashMap<ClinicId, Tally> =
        operator.storage.tallies().await?.into_iter().map(|tally| (tally.clinic, tally)).collect();
    let lines = clinics.iter().filter_map(|clinic| {
        // One added between both reads is shown the next time.
        let mut line = ClinicLine::of(clinic, &tallies.remove(&clinic.id)?);
        let running = operator.service.as_ref().and_then(|service| service.engine.clinic(clinic.id));
        if let Some(handle) = running {
            let status = handle.status().borrow().clone();
            if status.ours {
                (line.state, line.since_ms) = (state_word(status.state).to_owned(), status.since_ms);
                (line.clocks_apart, line.disputed) = (status.clocks_apart, status.disputed.len());
            }
        }
        Some(line)
    });
    Ok(lines.collect())
}

/// What clinics are called.
pub async fn names<S: Storage>(storage: &S) -> Result<Names, StorageError> {
    Ok(storage.clinics().await?.into_iter().map(|clinic| (clinic.id, clinic.name)).collect())
}

fn name(clinic: ClinicId, names: &Names) -> String {
    names.get(&clinic).cloned().unwrap_or_default()
}

/// A desk. Moments are milliseconds since 1970 in UTC.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeviceLine {
    /// The clinic's id.
    pub clinic: Uuid,
    /// What it is called.
    pub name: String,
    /// The installation's id.
    pub device: Uuid,
    /// When it was let in.
    pub paired_ms: i64,
    /// When its certificate ends.
    pub until_ms: i64,
    /// Since when it may nothing any more.
    pub revoked_ms: Option<i64>,
    /// When a renewal of its certificate was last refused, if none succeeded since.
    pub refused_ms: Option<i64>,
    /// Why: `key_mismatch`, `certificate_too_old` and so on.
    pub refused: Option<String>,
}

impl DeviceLine {
    /// Of a device.
    pub fn of(device: &Device, names: &Names) -> Self {
        Self {
            clinic: device.clinic.0,
            name: name(device.clinic, names),
            device: device.device,
            paired_ms: device.paired_ms,
            until_ms: device.until_ms,
            revoked_ms: device.revoked_ms,
            refused_ms: device.refused.as_ref().map(|(_, at_ms)| *at_ms),
            refused: device.refused.as_ref().map(|(why, _)| why.clone()),
        }
    }
}

/// A request. Moments are milliseconds since 1970 in UTC.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RequestLine {
    /// The clinic's id.
    pub clinic: Uuid,
    /// What it is called.
    pub name: String,
    /// The request's id.
    pub request: Uuid,
    /// The booking's it is part of.
    pub booking: Uuid,
    /// `book`, `move` or `cancel`.
    pub wish: String,
    /// `requested`, `held` or `sent`.
    pub state: String,
    /// It goes before others.
    pub urgent: bool,
    /// When it came in.
    pub arrived_ms: i64,
    /// When it first left for the clinic.
    pub sent_ms: Option<i64>,
    /// The days it is about, `2026-11-24`.
    pub days: Vec<String>,
    /// Why it was set aside: `unreadable`, `refused`, `never_ended`, or the clinic's word.
    pub why: Option<String>,
    /// When it was.
    pub aside_ms: Option<i64>,
    /// Where answers go, masked.
    pub contact: Option<String>,
}

impl RequestLine {
    /// Of a request in line.
    pub fn of(lined: &Lined, names: &Names) -> Self {
        let (why, aside_ms) = lined.aside.clone().unzip();
        Self {
            clinic: lined.clinic.0,
            name: name(lined.clinic, names),
            request: uuid(&lined.proposal.0),
            booking: lined.booking.0,
            wish: lined.kind.as_str().to_owned(),
            state: request_word(lined.state).to_owned(),
            urgent: lined.urgent,
            arrived_ms: lined.arrived_ms,
            sent_ms: lined.sent_ms,
            days: lined.days.iter().filter_map(|day| Some(day_from_number(*day)?.to_string())).collect(),
            why,
            aside_ms,
            contact: lined.contact.clone(),
        }
    }
}

/// A mail that was tried in vain. Moments are milliseconds since 1970 in UTC.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MailLine {
    /// The clinic's id.
    pub clinic: Uuid,
    /// What it is called.
    pub name: String,
    /// The booking's it speaks of.
    pub booking: Uuid,
    /// What it says: an outcome, such as `confirmed`.
    pub outcome: String,
    /// Why the last try failed: `smtp_later`, `smtp_refused`, `mail_address` and so on.
    pub why: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// When it was written.
    pub written_ms: i64,
    /// When it was last tried.
    pub tried_ms: i64,
    /// Where it was to go, masked.
    pub contact: Option<String>,
}

impl MailLine {
    /// Of a mail.
    pub fn of(mail: &DeadMail, names: &Names) -> Self {
        Self {
            clinic: mail.clinic.0,
            name: name(mail.clinic, names),
            booking: mail.row.key.booking.0,
            outcome: mail.row.key.outcome.as_str().to_owned(),
            why: mail.why.clone(),
            tries: mail.row.tries,
            written_ms: mail.row.written_ms,
            tried_ms: mail.row.tried_ms,
            contact: mail.contact.clone(),
        }
    }
}

/// A visit that only a mirror had.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrphanLine {
    /// The clinic's id.
    pub clinic: Uuid,
    /// What it is called.
    pub name: String,
    /// The visit's id.
    pub appointment: Uuid,
    /// With whom, by id.
    pub practitioner: Uuid,
    /// When, by the clock on the clinic's wall: `2026-11-24T09:30:00`.
    pub at: String,
    /// Its status as it was here.
    pub status: String,
    /// When it was found, milliseconds since 1970 in UTC.
    pub found_ms: i64,
    /// The clinic's log speaks of it by now: nothing is left to do.
    pub heard: bool,
}

impl OrphanLine {
    /// Of an orphan.
    pub fn of(clinic: ClinicId, orphan: &Orphan, names: &Names) -> Self {
        let at = DateTime::from_timestamp(orphan.row.local_s, 0).unwrap_or_default();
        Self {
            clinic: clinic.0,
            name: name(clinic, names),
            appointment: uuid(&orphan.row.id),
            practitioner: uuid(&orphan.row.practitioner),
            at: at.format("%Y-%m-%dT%H:%M:%S").to_string(),
            status: orphan.row.status.clone(),
            found_ms: orphan.found_ms,
            heard: orphan.heard,
        }
    }
}

fn uuid(id: &Id) -> Uuid {
    Uuid::from_bytes(**id)
}
