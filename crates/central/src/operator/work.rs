//! How it is done.

use chairside_schedule::ClinicId;
use chairside_sync::ProposalId;
use serde_json::Value;
use uuid::Uuid;

use super::ask::{Answer, Ask, Refused};
use super::view::{self, DeviceLine, OrphanLine, RequestLine};
use crate::clock::{Clock, fresh_id};
use crate::service::Service;
use crate::store::Storage;
use crate::store::care::Copied;
use crate::store::clinics::NewClinic;

/// What an operation works with.
#[derive(Clone, Debug)]
pub struct Operator<S> {
    /// What is kept.
    pub storage: S,
    /// The time.
    pub clock: Clock,
    /// What runs; none over a store at rest.
    pub service: Option<Service<S>>,
}

impl<S: Storage> Operator<S> {
    /// Does what is asked.
    ///
    /// # Errors
    /// [`Refused`]: nothing was changed then.
    pub async fn answer(&self, ask: Ask) -> Result<Answer, Refused> {
        match ask {
            Ask::AddClinic { id, name, facts } => {
                let now = self.clock.now();
                let id = ClinicId(id.unwrap_or_else(|| fresh_id(now.wall_ms)));
                let new = NewClinic { id, name, facts: Value::Object(facts).to_string() };
                if !self.storage.add_clinic(new, now).await? {
                    return Err(Refused::new("clinic_known", id));
                }
                if let Some(service) = &self.service {
                    service.follow(id);
                }
                Ok(Answer::ClinicAdded { clinic: id.0 })
            }
            Ask::Clinics => {
                Ok(Answer::Clinics { serving: self.service.is_some(), clinics: view::clinics(self).await? })
            }
            Ask::Devices { clinic } => {
                let devices = self.storage.devices(clinic.map(ClinicId)).await?;
                let names = view::names(&self.storage).await?;
                Ok(Answer::Devices { devices: devices.iter().map(|device| DeviceLine::of(device, &names)).collect() })
            }
            Ask::Queue { clinic, limit } => {
                let requests = self.storage.lined_up(clinic.map(ClinicId), limit).await?;
                let names = view::names(&self.storage).await?;
                Ok(Answer::Queue { requests: requests.iter().map(|lined| RequestLine::of(lined, &names)).collect() })
            }
            Ask::Orphans { limit } => {
                let orphans = self.storage.every_orphan(limit).await?;
                let names = view::names(&self.storage).await?;
                let lines = orphans.iter().map(|(clinic, orphan)| OrphanLine::of(*clinic, orphan, &names));
                Ok(Answer::Orphans { orphans: lines.collect() })
            }
            Ask::Quarantine { limit } => {
                let requests = self.storage.set_aside(limit).await?;
                let names = view::names(&self.storage).await?;
                let lines = requests.iter().map(|lined| RequestLine::of(lined, &names));
                Ok(Answer::Quarantine { requests: lines.collect() })
            }
            Ask::TryAgain { request } => self.try_again(request).await,
            Ask::Backup { to } => {
                let Copied { bytes, clinics, bookings, requests } = self.storage.copy_to(&to, self.clock.now()).await?;
                Ok(Answer::BackedUp { to, bytes, clinics, bookings, requests })
            }
        }
    }

    async fn try_again(&self, request: Uuid) -> Result<Answer, Refused> {
        let proposal = ProposalId(request.into_bytes().into());
        let clinic = self.storage.request(proposal).await?.map(|request| request.clinic);
        if !self.storage.try_again(proposal).await? {
            return Err(Refused::new("not_set_aside", request));
        }
        let handle = self.service.as_ref().zip(clinic).and_then(|(service, clinic)| service.engine.clinic(clinic));
        if let Some(handle) = handle {
            handle.nudge();
        }
        Ok(Answer::BackInLine { request })
    }
}
