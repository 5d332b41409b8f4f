//! The table: what can be asked, and what is answered. As JSON it is what goes
//! over the socket, and what `--json` prints.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::view::{ClinicLine, DeviceLine, MailLine, OrphanLine, RequestLine};
use crate::store::StorageError;

/// What an operator wants.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Adds a clinic and draws a code for its desk. [`Answer::ClinicAdded`].
    AddClinic {
        /// Its id; otherwise it takes over that of the desk that is paired first.
        id: Option<Uuid>,
        /// What it is called.
        name: String,
        /// What a visitor is told of it.
        facts: Map<String, Value>,
    },
    /// Draws another code for a clinic's desk. [`Answer::CodeDrawn`].
    DrawCode {
        /// Its id, or its name where no other clinic has the same.
        clinic: String,
    },
    /// Draws a key that opens a clinic's bookings to a program of its own; the
    /// one before opens nothing any more. [`Answer::PartnerKeyDrawn`].
    DrawPartnerKey {
        /// Its id, or its name where no other clinic has the same.
        clinic: String,
    },
    /// No key opens a clinic's bookings any more. [`Answer::PartnerKeyRevoked`].
    RevokePartnerKey {
        /// Its id, or its name where no other clinic has the same.
        clinic: String,
    },
    /// A desk may speak for its clinic no more. [`Answer::DeviceRevoked`].
    RevokeDevice {
        /// The installation's id.
        device: Uuid,
    },
    /// Writes what Mosquitto needs to be the broker. [`Answer::BrokerFilesWritten`].
    WriteBrokerFiles {
        /// Into this folder.
        folder: PathBuf,
        /// What the broker's machine is called.
        names: Vec<String>,
        /// Where it is to listen.
        port: u16,
    },
    /// How every clinic stands. [`Answer::Clinics`].
    Clinics,
    /// The desks that may or might speak. [`Answer::Devices`].
    Devices {
        /// Of this clinic only.
        clinic: Option<Uuid>,
    },
    /// What waits or is on its way. [`Answer::Queue`].
    Queue {
        /// Of this clinic only.
        clinic: Option<Uuid>,
        /// At most so many.
        limit: u32,
    },
    /// Visits that only a mirror had. [`Answer::Orphans`].
    Orphans {
        /// At most so many.
        limit: u32,
    },
    /// Requests set aside for a person. [`Answer::Quarantine`].
    Quarantine {
        /// At most so many.
        limit: u32,
    },
    /// Puts one of these back in its place. [`Answer::BackInLine`].
    TryAgain {
        /// Which request.
        request: Uuid,
    },
    /// Mails that were tried in vain. [`Answer::Mails`].
    Mails {
        /// At most so many.
        limit: u32,
    },
    /// Puts those of a booking back into line. [`Answer::MailsBackInLine`].
    TryMailsAgain {
        /// Which booking.
        booking: Uuid,
    },
    /// Copies everything into a file, checked. [`Answer::BackedUp`].
    Backup {
        /// Where to; nothing may be there yet.
        to: PathBuf,
    },
}

impl Ask {
    /// Whether it may be the first thing done in a folder without a store.
    pub const fn may_found(&self) -> bool {
        matches!(self, Self::AddClinic { .. } | Self::WriteBrokerFiles { .. })
    }
}

/// What is answered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// A clinic is there now, and followed where the service runs.
    ClinicAdded {
        /// Its id.
        clinic: Uuid,
        /// Lets its desk in, once.
        code: String,
        /// When the code ends, milliseconds since 1970 in UTC.
        ends_ms: i64,
    },
    /// A code, which ended the one before.
    CodeDrawn {
        /// The clinic's id.
        clinic: Uuid,
        /// Lets its desk in, once.
        code: String,
        /// When it ends, milliseconds since 1970 in UTC.
        ends_ms: i64,
    },
    /// A key, shown this once.
    PartnerKeyDrawn {
        /// The clinic's id.
        clinic: Uuid,
        /// 64 hexadecimal digits, for the header `Partner-Key`.
        key: String,
    },
    /// There is no key any more.
    PartnerKeyRevoked {
        /// The clinic's id.
        clinic: Uuid,
    },
    /// A desk is heard no more.
    DeviceRevoked {
        /// The installation's id.
        device: Uuid,
    },
    /// The files are there.
    BrokerFilesWritten {
        /// In this folder.
        folder: PathBuf,
    },
    /// How every clinic stands, by name.
    Clinics {
        /// Whether the service runs: otherwise states are those it left.
        serving: bool,
        /// A line for each.
        clinics: Vec<ClinicLine>,
    },
    /// The desks there ever were, in the order they were paired.
    Devices {
        /// A line for each.
        devices: Vec<DeviceLine>,
    },
    /// What waits or is on its way.
    Queue {
        /// By clinic; what was sent first, then in the queue's order.
        requests: Vec<RequestLine>,
    },
    /// Visits that only a mirror had.
    Orphans {
        /// The latest found first.
        orphans: Vec<OrphanLine>,
    },
    /// Requests set aside for a person.
    Quarantine {
        /// The longest aside first.
        requests: Vec<RequestLine>,
    },
    /// A request is back in its place.
    BackInLine {
        /// Which.
        request: Uuid,
    },
    /// Mails that were tried in vain.
    Mails {
        /// The longest so first.
        mails: Vec<MailLine>,
    },
    /// Mails of a booking are tried again.
    MailsBackInLine {
        /// Which booking.
        booking: Uuid,
        /// How many.
        mails: u64,
    },
    /// A backup was written and checked.
    BackedUp {
        /// Where to.
        to: PathBuf,
        /// How long it is.
        bytes: u64,
        /// Clinics in it.
        clinics: u64,
        /// Bookings in it.
        bookings: u64,
        /// Requests in it.
        requests: u64,
    },
}

/// Why it wasn't done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {about}")]
pub struct Refused {
    /// A stable word; `refused-` and it (with hyphens) is its sentence in the catalogue.
    pub code: String,
    /// What the sentence names, or details of something unforeseen.
    pub about: String,
}

impl Refused {
    /// A refusal by its code, about something.
    pub fn new(code: &str, about: impl fmt::Display) -> Self {
        Self { code: code.to_owned(), about: about.to_string() }
    }
}

impl From<StorageError> for Refused {
    fn from(error: StorageError) -> Self {
        match &error {
            StorageError::InUse(folder) => Self::new(error.code(), folder.display()),
            StorageError::NotAStore(file) | StorageError::Exists(file) | StorageError::NoFile(file) => {
                Self::new(error.code(), file.display())
            }
            StorageError::Damaged(how) => Self::new(error.code(), how),
            StorageError::NoClinic(clinic) => Self::new(error.code(), clinic),
            _ => Self::new(error.code(), &error),
        }
    }
}
