//! How it is done.

use chairside_schedule::ClinicId;
use serde_json::Value;

use super::ask::{Answer, Ask, Refused};
use crate::clock::{Clock, fresh_id};
use crate::service::Service;
use crate::store::Storage;
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
        }
    }
}
