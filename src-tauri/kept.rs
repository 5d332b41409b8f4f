//! How this computer's desk behaves: a few choices, kept in a file beside the
//! clinic's store.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chairside_clinic::messages::Language;
use serde::{Deserialize, Serialize};

/// What the file is called in the store's folder.
const FILE: &str = "window.json";

/// The choices.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// The screens' language, `en` or `sv`; `None`: the computer's.
    pub language: Option<String>,
    /// No system notification when something comes in online.
    pub silent: bool,
    /// Somebody was told that the desk keeps running without its window.
    pub told_it_keeps_running: bool,
}

impl Choices {
    /// The language that people here read.
    pub fn language(&self) -> Language {
        let locale = || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
        Language::of_locale(&self.language.clone().or_else(locale).unwrap_or_default())
    }
}

/// The choices and where they are kept.
#[derive(Debug)]
pub struct Kept {
    file: PathBuf,
    choices: Mutex<Choices>,
}

impl Kept {
    /// Reads what an earlier run kept in the store's folder.
    pub fn read(folder: &Path) -> Self {
        let file = folder.join(FILE);
        let choices = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "what was chosen for this desk can't be read; it begins anew");
                Choices::default()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Choices::default(),
            Err(error) => {
                tracing::warn!(%error, "what was chosen for this desk can't be read");
                Choices::default()
            }
        };
        Self { file, choices: Mutex::new(choices) }
    }

    /// What is chosen now.
    pub fn choices(&self) -> Choices {
        self.locked().clone()
    }

    /// Changes it, for now and later. What can't be written holds until the
    /// application ends.
    pub fn change(&self, change: impl FnOnce(&mut Choices)) {
        let mut choices = self.locked();
        let before = choices.clone();
        change(&mut choices);
        if *choices == before {
            return;
        }
        if let Err(error) = self.write(&choices) {
            tracing::warn!(%error, "what was chosen for this desk could not be kept");
        }
    }

    /// Whole or not at all.
    fn write(&self, choices: &Choices) -> io::Result<()> {
        let new = self.file.with_extension("new");
        fs::write(&new, serde_json::to_vec(choices)?)?;
        fs::rename(new, &self.file)
    }

    fn locked(&self) -> MutexGuard<'_, Choices> {
        // Each change is made on the whole; nothing is half-done by a panic.
        self.choices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_kept_and_what_cannot_be_read_is_begun_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Kept::read(folder.path());
        assert_eq!(kept.choices(), Choices::default());
        kept.change(|choices| (choices.silent, choices.language) = (true, Some("sv".to_owned())));
        let again = Kept::read(folder.path()).choices();
        assert_eq!(again, kept.choices());
        assert_eq!(again.language(), Language::Sv);
        fs::write(folder.path().join(FILE), "{").expect("written");
        assert_eq!(Kept::read(folder.path()).choices(), Choices::default());
    }
}
