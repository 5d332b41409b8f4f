//! Everything the page shows, asked of the operator's own table.

use crate::care::Told;
use crate::operator::view::{ClinicLine, DeviceLine, MailLine, OrphanLine, RequestLine};
use crate::operator::{Answer, Ask, Operator, Refused};
use crate::store::Storage;

/// Lines of a list that are shown; the command shows the rest.
pub const SHOWN: u32 = 50;

/// What is shown.
pub struct Facts {
    /// Every clinic, by name.
    pub clinics: Vec<ClinicLine>,
    /// What waits or is on its way, the first of it.
    pub queue: Vec<RequestLine>,
    /// What was set aside, the longest aside first.
    pub aside: Vec<RequestLine>,
    /// Mails that were tried in vain, the longest so first.
    pub mails: Vec<MailLine>,
    /// Visits that only a mirror had, the latest found first.
    pub orphans: Vec<OrphanLine>,
    /// Desks, in the order they were paired.
    pub devices: Vec<DeviceLine>,
    /// Whether the broker is reached; none where there is none.
    pub broker_up: Option<bool>,
    /// How scheduled backups go; none where none are made.
    pub backups: Option<Told>,
}

impl Facts {
    /// Asks for everything.
    ///
    /// # Errors
    /// [`Refused`], as the store refuses it.
    pub async fn gather<S: Storage>(operator: &Operator<S>, backups: Option<Told>) -> Result<Self, Refused> {
        let mut facts = Self {
            clinics: Vec::new(),
            queue: Vec::new(),
            aside: Vec::new(),
            mails: Vec::new(),
            orphans: Vec::new(),
            devices: Vec::new(),
            broker_up: operator.service.as_ref().and_then(|service| service.link.as_ref()).map(|link| link.is_up()),
            backups,
        };
        let all = [
            Ask::Clinics,
            Ask::Queue { clinic: None, limit: SHOWN },
            Ask::Quarantine { limit: SHOWN },
            Ask::Mails { limit: SHOWN },
            Ask::Orphans { limit: SHOWN },
            Ask::Devices { clinic: None },
        ];
        for ask in all {
            match operator.answer(ask).await? {
                Answer::Clinics { clinics, .. } => facts.clinics = clinics,
                Answer::Queue { requests } => facts.queue = requests,
                Answer::Quarantine { requests } => facts.aside = requests,
                Answer::Mails { mails } => facts.mails = mails,
                Answer::Orphans { orphans } => facts.orphans = orphans,
                Answer::Devices { devices } => facts.devices = devices,
                other => tracing::debug!(?other, "the page has no place for it"),
            }
        }
        Ok(facts)
    }

    /// A number of every clinic, taken together.
    pub fn sum(&self, of: impl Fn(&ClinicLine) -> u64) -> u64 {
        self.clinics.iter().map(of).sum()
    }

    /// Clinics that are reached.
    pub fn live(&self) -> usize {
        self.clinics.iter().filter(|clinic| clinic.state == "live").count()
    }
}
