//! Places that somebody online wishes for, as central last said.

use chairside_schedule::id::{KindId, PractitionerId};
use chairside_schedule::patient::full_name;
use chairside_schedule::time::Instant;
use chairside_sync::body::Id;
use chairside_sync::sealed::Who;
use chairside_sync::wire::{WaitingPlace, WaitingRequest};
use chrono::NaiveDate;

use super::read::uuid;
use super::request_id;
use crate::api::{HeldRequest, OnlinePlace};
use crate::desk::Desk;

impl Desk {
    /// The requests central holds, the soonest visits first, and how many there are.
    pub(super) fn held(&self) -> (Vec<OnlinePlace>, u32) {
        let (places, held) = self.line.waiting();
        let held_places = places.iter().filter(|place| place.request.is_some());
        (held_places.filter_map(|place| self.online_place(place)).collect(), held)
    }

    /// Everything on one day that somebody online wishes for, by start.
    pub(crate) fn online_on(&self, date: NaiveDate) -> Vec<OnlinePlace> {
        let (places, _) = self.line.waiting();
        let places = places.iter().filter_map(|place| self.online_place(place));
        places.filter(|place| place.start.date() == date).collect()
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
