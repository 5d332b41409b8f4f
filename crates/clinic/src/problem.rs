//! What goes wrong, as the people at the desk meet it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Something a person asked for that was not done: a stable code, and what the
/// sentence about it needs to name. The sentence itself stands in the message
/// catalogue under `error-<code>`, in every language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Problem {
    /// Stable, kebab-case. `clash`, `patient-unidentified`, …
    pub code: String,
    /// What the sentence names: times, counts, names on the screen already.
    /// Never written to a log.
    pub args: BTreeMap<String, String>,
    /// Everything that stands against a visit, when that is what was asked for.
    pub findings: Vec<crate::api::Finding>,
}

impl Problem {
    /// A problem whose sentence names nothing.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), args: BTreeMap::new(), findings: Vec::new() }
    }

    /// Names something in the sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}

/// The code alone: what may stand in a log.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

impl std::error::Error for Problem {}

impl From<chairside_store::StoreError> for Problem {
    fn from(error: chairside_store::StoreError) -> Self {
        use chairside_store::StoreError as E;
        let problem = match &error {
            E::InUse(path) => Self::new("store-in-use").with("path", path.display()),
            E::Missing(path) => Self::new("store-missing").with("path", path.display()),
            E::Exists(path) => Self::new("store-exists").with("path", path.display()),
            E::WrongKey(path) => Self::new("wrong-key").with("path", path.display()),
            E::NotAStore(path) => Self::new("not-a-store").with("path", path.display()),
            E::BadKey => Self::new("bad-key"),
            E::Newer => Self::new("store-newer"),
            E::DiskFull => Self::new("disk-full"),
            E::ReadOnly => Self::new("store-read-only"),
            E::Damaged(_) => Self::new("store-damaged"),
            E::ChangedMeanwhile(_) => Self::new("changed-meanwhile"),
            E::IdTaken(_) => Self::new("id-taken"),
            E::PersonnummerTaken => Self::new("personnummer-taken"),
            E::Closed => Self::new("store-closed"),
            E::File { path, source } => Self::new("file-failed").with("path", path.display()).with("said", source),
            E::Panicked | E::Sqlite(_) => Self::new("internal"),
        };
        if matches!(error, E::Damaged(_) | E::Panicked | E::Sqlite(_) | E::File { .. }) {
            // The one place such details are logged; statements and values aren't among them.
            tracing::error!(%error, code = problem.code, "the store failed");
        }
        problem
    }
}
