//! How central is looked after: backups, and the operator's page.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

use super::{Given, Secret, SettingsError};
use crate::care::Every;

/// A token anybody could guess opens the page to anybody.
const TOKEN_LETTERS: usize = 16;

/// What is done by the hour, and what is shown of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CareSettings {
    /// The folder backups are made in; none are made where there is none.
    pub backup_dir: Option<PathBuf>,
    /// How often.
    pub backup_every: Every,
    /// Where the operator's page is; nowhere where there is none.
    pub operator_listen: Option<SocketAddr>,
    /// What has to be known to look at it.
    pub operator_token: Option<Secret>,
}

impl CareSettings {
    /// Takes its part of what was given.
    ///
    /// # Errors
    /// [`SettingsError`], by name: a page away from this machine needs a token,
    /// and backups inside the store's folder would go with it.
    pub(super) fn settle(given: &Given) -> Result<Self, SettingsError> {
        let token = given.operator_token.clone();
        if token.as_ref().is_some_and(|token| token.reveal().chars().count() < TOKEN_LETTERS) {
            return Err(SettingsError::Invalid("operator_token"));
        }
        if given.operator_listen.is_some_and(|listen| !listen.ip().is_loopback()) && token.is_none() {
            return Err(SettingsError::Missing("operator_token"));
        }
        if given.backup_dir.is_some() && given.backup_dir == given.data {
            return Err(SettingsError::Invalid("backup_dir"));
        }
        Ok(Self {
            backup_dir: given.backup_dir.clone(),
            backup_every: given.backup_every.unwrap_or(Every::HOUR),
            operator_listen: given.operator_listen,
            operator_token: token,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_page_away_from_this_machine_needs_a_token_nobody_guesses() {
        let with = |text: &str| {
            let given = toml::from_str(&format!("data='d'\n{text}")).expect("settings");
            Settings::settle(given).map(|settings| settings.care)
        };
        let usual = with("").expect("they fit");
        assert_eq!((usual.operator_listen, usual.backup_dir, usual.backup_every), (None, None, Every::HOUR));
        assert!(with("operator_listen='127.0.0.1:7481'").is_ok());
        assert!(matches!(with("operator_listen='0.0.0.0:7481'"), Err(SettingsError::Missing("operator_token"))));
        let short = with("operator_listen='0.0.0.0:7481'\noperator_token='sesame'");
        assert!(matches!(short, Err(SettingsError::Invalid("operator_token"))));
        let long = with("operator_listen='0.0.0.0:7481'\noperator_token='open sesame, open'").expect("they fit");
        assert!(!serde_json::to_string(&long).expect("JSON").contains("sesame"));
        assert!(matches!(with("backup_dir='d'"), Err(SettingsError::Invalid("backup_dir"))));
        assert_eq!(with("backup_every='30m'").expect("they fit").backup_every.to_string(), "30m");
        assert!(toml::from_str::<Given>("backup_every = 'often'").is_err());
    }
}
