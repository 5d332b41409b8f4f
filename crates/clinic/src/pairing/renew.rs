//! A certificate lasts a year; a month before its end another is asked for, and
//! still three months after it.

use std::path::PathBuf;
use std::time::Duration;

use chairside_sync::pairing::{AskRenewal, RENEW_BEFORE_MS};
use tokio::task::JoinHandle;

use super::central::Central;
use super::identity::Identity;
use crate::api::ConnectionAsked;
use crate::desk::Desk;
use crate::link::{Link, Secrets, Shower};
use crate::problem::Problem;

/// How often the calendar is looked at: clocks are set, machines sleep.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// Asks for new certificates as long as it lives.
#[derive(Debug)]
pub struct Renewing(JoinHandle<()>);

impl Renewing {
    /// Keeps the certificate of an open link from running out: what is renewed
    /// is kept in `file`, and shown from the link's next connection on. `None`
    /// where pairing left nothing to renew.
    pub fn start(desk: &Desk, link: &Link, secrets: &Secrets, file: PathBuf) -> Option<Self> {
        secrets.until_ms?;
        let keeper = Keeper { desk: desk.clone(), shower: link.shower(), secrets: secrets.clone(), file };
        Some(Self(tokio::spawn(keeper.run())))
    }
}

impl Drop for Renewing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Keeper {
    desk: Desk,
    shower: Shower,
    secrets: Secrets,
    file: PathBuf,
}

impl Keeper {
    async fn run(mut self) {
        loop {
            let left_ms = self.secrets.until_ms.unwrap_or(i64::MAX).saturating_sub(self.desk.clock().now_ms());
            if left_ms < RENEW_BEFORE_MS {
                match self.renew().await {
                    Ok(()) => tracing::info!("the certificate for the central service was renewed"),
                    Err(problem) => {
                        tracing::warn!(%problem, days_left = left_ms / 86_400_000, "the certificate for the central service could not be renewed");
                        self.desk.note_failure(ConnectionAsked::Renewal, &problem);
                    }
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn renew(&mut self) -> Result<(), Problem> {
        let renewed = self.desk.renew(&self.secrets).await?;
        renewed.write(&self.file)?;
        self.shower.show(&renewed)?;
        self.secrets = renewed;
        Ok(())
    }
}

impl Desk {
    /// Asks central for a new certificate for the key this desk was paired with.
    ///
    /// # Errors
    /// `not-paired`, `bad-central-settings`; `central-unreachable`,
    /// `central-not-trusted`; `device-unknown`, `device-revoked`,
    /// `key-mismatch`, `certificate-too-old`; `pairing-refused`.
    pub async fn renew(&self, secrets: &Secrets) -> Result<Secrets, Problem> {
        let parts = (&secrets.central, &secrets.ca, &secrets.key);
        let (Some(central), Some(authority), Some(key)) = parts else { return Err(Problem::new("not-paired")) };
        let ask = AskRenewal {
            clinic: self.store().clinic().id.0,
            device: self.store().node().0,
            request: Identity::read(key)?.request()?,
        };
        let renewed = Central::at(central)?.renew(authority, &ask).await?;
        Ok(Secrets {
            certificates: Some(renewed.certificates),
            until_ms: Some(renewed.until_ms),
            address: Some(renewed.broker),
            ..secrets.clone()
        })
    }
}
