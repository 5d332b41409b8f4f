//! How it is done.

use std::fmt;
use std::path::PathBuf;

use chairside_schedule::ClinicId;
use chairside_sync::ProposalId;
use chairside_sync::mails::BookingId;
use serde_json::Value;
use uuid::Uuid;

use super::ask::{Answer, Ask, Refused};
use super::view::{self, DeviceLine, MailLine, OrphanLine, RequestLine};
use crate::authority::Authority;
use crate::broker::access;
use crate::broker::files::Files;
use crate::clock::{Clock, fresh_id};
use crate::http::partner;
use crate::pairing::{Drawn, draw_code};
use crate::service::Service;
use crate::store::Storage;
use crate::store::care::Copied;
use crate::store::clinics::NewClinic;

/// What an operation works with.
#[derive(Clone, Debug)]
pub struct Operator<S> {
    /// What is kept.
    pub storage: S,
    /// The folder it is kept in, with the keys.
    pub folder: PathBuf,
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
            Ask::AddClinic { id: given, name, facts } => {
                let now = self.clock.now();
                let id = ClinicId(given.unwrap_or_else(|| fresh_id(now.wall_ms)));
                let new = NewClinic { id, name, facts: Value::Object(facts).to_string() };
                // Without an id of its own it waits for its desk's.
                let added = match given {
                    Some(_) => self.storage.add_clinic(new, now).await?,
                    None => self.storage.add_awaiting(new, now).await?,
                };
                if !added {
                    return Err(Refused::new("clinic_known", id));
                }
                if let Some(service) = &self.service {
                    service.follow(id).await?;
                }
                let Drawn { code, ends_ms } = draw_code(&self.storage, &self.clock, id).await?;
                Ok(Answer::ClinicAdded { clinic: id.0, code: code.to_string(), ends_ms })
            }
            Ask::DrawCode { clinic } => {
                let clinic = self.clinic_called(&clinic).await?;
                let Drawn { code, ends_ms } = draw_code(&self.storage, &self.clock, clinic).await?;
                Ok(Answer::CodeDrawn { clinic: clinic.0, code: code.to_string(), ends_ms })
            }
            Ask::DrawPartnerKey { clinic } => {
                let clinic = self.clinic_called(&clinic).await?;
                let key = partner::issue(&self.storage, clinic, self.clock.now()).await?;
                let key = key.ok_or_else(|| Refused::new("clinic_unknown", clinic))?;
                Ok(Answer::PartnerKeyDrawn { clinic: clinic.0, key: key.reveal().to_owned() })
            }
            Ask::RevokePartnerKey { clinic } => {
                let clinic = self.clinic_called(&clinic).await?;
                self.storage.set_partner_key(clinic, None, self.clock.now()).await?;
                Ok(Answer::PartnerKeyRevoked { clinic: clinic.0 })
            }
            Ask::RevokeDevice { device } => self.revoke(device).await,
            Ask::WriteBrokerFiles { folder, names, port } => {
                let now = self.clock.now();
                let failed = |error: &dyn fmt::Display| Refused::new("broker_files", error);
                let authority = Authority::open(&self.folder, now).map_err(|error| failed(&error))?;
                let access = access(&self.storage.devices(None).await?);
                let written = Files::in_folder(folder.clone()).write_all(&authority, &names, port, &access, now);
                written.map_err(|error| failed(&error))?;
                Ok(Answer::BrokerFilesWritten { folder })
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
            Ask::Mails { limit } => {
                let mails = self.storage.dead_mails(limit).await?;
                let names = view::names(&self.storage).await?;
                Ok(Answer::Mails { mails: mails.iter().map(|mail| MailLine::of(mail, &names)).collect() })
            }
            Ask::TryMailsAgain { booking } => {
                let mails = self.storage.try_mails_again(BookingId(booking), self.clock.now()).await?;
                if mails == 0 {
                    return Err(Refused::new("no_dead_mail", booking));
                }
                if let Some(service) = &self.service {
                    service.engine.mails().notify_one();
                }
                Ok(Answer::MailsBackInLine { booking, mails })
            }
            Ask::Backup { to } => {
                let Copied { bytes, clinics, bookings, requests } = self.storage.copy_to(&to, self.clock.now()).await?;
                Ok(Answer::BackedUp { to, bytes, clinics, bookings, requests })
            }
        }
    }

    /// A clinic by its id, or by a name that only one has.
    async fn clinic_called(&self, called: &str) -> Result<ClinicId, Refused> {
        let unknown = || Refused::new("clinic_unknown", called);
        if let Ok(id) = called.parse() {
            let id = ClinicId(id);
            return self.storage.clinic(id).await?.map(|clinic| clinic.id).ok_or_else(unknown);
        }
        let all = self.storage.clinics().await?;
        let mut named = all.iter().filter(|clinic| clinic.name == called);
        match (named.next(), named.next()) {
            (Some(clinic), None) => Ok(clinic.id),
            (Some(_), Some(_)) => Err(Refused::new("clinic_ambiguous", called)),
            (None, _) => Err(unknown()),
        }
    }

    /// Wherever this installation speaks for a clinic, it does so no more.
    async fn revoke(&self, device: Uuid) -> Result<Answer, Refused> {
        let now = self.clock.now();
        let mut revoked = false;
        for known in self.storage.devices(None).await? {
            if known.device == device && self.storage.revoke_device(known.clinic, device, now).await? {
                tracing::info!(clinic = %known.clinic, %device, "a desk was revoked");
                revoked = true;
                if let Some(service) = &self.service {
                    service.devices_changed(known.clinic).await?;
                }
            }
        }
        if revoked { Ok(Answer::DeviceRevoked { device }) } else { Err(Refused::new("device_unknown", device)) }
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
