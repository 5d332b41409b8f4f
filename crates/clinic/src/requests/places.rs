//! Places that somebody online wishes for, as central last said.

use chairside_schedule::id::{KindId, PractitionerId};
use chairside_schedule::patient::full_name;
use chairside_schedule::time::Instant;
use chairside_sync::ProposalId;
use chairside_sync::body::Id;
use chairside_sync::sealed::Who;
use chairside_sync::wire::{WaitingPlace, WaitingRequest};
use chrono::NaiveDate;

use super::read::uuid;
use super::request_id;
use crate::api::{HeldRequest, OnlinePlace};
use crate::desk::Desk;
use crate::problem::Problem;

impl Desk {
    /// The requests central holds, the soonest visits first, and how many there are.
    pub(super) async fn held(&self) -> Result<(Vec<OnlinePlace>, u32), Problem> {
        let (places, held) = self.waiting().await?;
        let held_places = places.iter().filter(|place| place.request.is_some());
        Ok((held_places.filter_map(|place| self.online_place(place)).collect(), held))
    }

    /// Everything on one day that somebody online wishes for, by start.
    pub(crate) async fn online_on(&self, date: NaiveDate) -> Result<Vec<OnlinePlace>, Problem> {
        let (places, _) = self.waiting().await?;
        let places = places.iter().filter_map(|place| self.online_place(place));
        Ok(places.filter(|place| place.start.date() == date).collect())
    }

    /// What waits at central, but for what has come here since it last said so,
    /// and how many requests it holds.
    async fn waiting(&self) -> Result<(Vec<WaitingPlace>, u32), Problem> {
        let (mut places, held) = self.line.waiting();
        let named: Vec<ProposalId> = places.iter().filter_map(|place| Some(place.request.as_ref()?.id)).collect();
        let here = self.store().reached(&named).await?;
        let waits = |place: &WaitingPlace| place.request.as_ref().is_none_or(|request| !here.contains(&request.id));
        places.retain(waits);
        Ok((places, held.saturating_sub(u32::try_from(here.len()).unwrap_or(u32::MAX))))
    }

    /// `None` for people who aren't here any more, and times that can't be.
    fn online_place(&self, place: &WaitingPlace) -> Option<OnlinePlace> {
        let clinic = self.store().clinic();
        let practitioner = PractitionerId(uuid(place.practitioner));
        clinic.practitioner(practitioner)?;
        let minutes = u32::try_from((place.end_s - place.start_s) / 60).ok().filter(|minutes| *minutes > 0)?;
        let start = Instant(place.start_s).local(&clinic.zone);
        let held = place.request.as_ref().map(|request| held(request, Id::from(*clinic.id.bytes()), &clinic.zone));
        Some(OnlinePlace { practitioner, start, minutes, held })
    }
}

fn held(request: &WaitingRequest, clinic: Id, zone: &chrono_tz::Tz) -> HeldRequest {
    let who = request.sealed.as_ref().and_then(|sealed| Who::open(sealed, clinic).ok());
    HeldRequest {
        id: request_id(request.id),
        kind: KindId(uuid(request.kind)),
        asked: Instant(request.asked_ms.div_euclid(1_000)).local(zone),
        urgent: request.urgent,
        name: who.map(|who| full_name(&who.given, &who.family)).unwrap_or_default(),
    }
}
