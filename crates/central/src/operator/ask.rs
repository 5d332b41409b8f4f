//! The table: what can be asked, and what is answered. As JSON it is what goes
//! over the socket, and what `--json` prints.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::store::StorageError;

/// What an operator wants.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Adds a clinic. [`Answer::ClinicAdded`].
    AddClinic {
        /// Its id, where its desk has one already.
        id: Option<Uuid>,
        /// What it is called.
        name: String,
        /// What a visitor is told of it.
        facts: Map<String, Value>,
    },
}

impl Ask {
    /// Whether it may be the first thing done in a folder without a store.
    pub const fn may_found(&self) -> bool {
        matches!(self, Self::AddClinic { .. })
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
            StorageError::NotAStore(file) => Self::new(error.code(), file.display()),
            StorageError::NoClinic(clinic) => Self::new(error.code(), clinic),
            _ => Self::new(error.code(), &error),
        }
    }
}
