//! What one mail says, before it has a form: pure, from the rows that were read.

use chairside_sync::Now;
use chairside_sync::body::{Alternative, Id, SettingsRow};
use chairside_sync::decide::Reason;
use chairside_sync::hub::State;
use chairside_sync::mails::Outcome;
use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::availability::{opens, plan_of};
use crate::store::clinics::Clinic;
use crate::store::requests::Booking;

/// How many other times are offered in a mail.
const OFFERED: usize = 3;

/// Where a mail's links lead. The booking's secret stands in the fragment,
/// which no server on the way gets to see.
pub trait Links: Send + Sync {
    /// To the booking.
    fn booking(&self, booking: &Booking) -> String;
    /// To the booking, with this other time chosen already.
    fn alternative(&self, booking: &Booking, alternative: &Alternative) -> String;
}

/// What a mail says.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// What is told.
    pub outcome: Outcome,
    /// What the clinic is called.
    pub clinic: String,
    /// With whom, where the clinic's settings are known.
    pub practitioner: Option<String>,
    /// What for, where the clinic's settings are known.
    pub kind: Option<String>,
    /// By the clock on the clinic's wall.
    pub starts: NaiveDateTime,
    /// How long, in minutes.
    pub minutes: u32,
    /// The clinic's zone, where its settings are known.
    pub zone: Option<Tz>,
    /// Since when the clinic is away, by its own clock; for [`Outcome::Held`] only.
    pub away_since: Option<NaiveDateTime>,
    /// When it opens again, by its own clock, where it is closed now; for [`Outcome::Held`] only.
    pub opens: Option<NaiveDateTime>,
    /// Why not; for [`Outcome::NotPossible`] and [`Outcome::NotMoved`] only.
    pub reason: Option<Reason>,
    /// Other times, each with the link that chooses it.
    pub alternatives: Vec<Offer>,
    /// To the booking.
    pub link: String,
    /// What verifies the contact, where it has to be.
    pub code: Option<String>,
}

/// Another time.
#[derive(Clone, PartialEq, Eq)]
pub struct Offer {
    /// By the clock on the clinic's wall.
    pub starts: NaiveDateTime,
    /// With whom, where the clinic's settings are known.
    pub practitioner: Option<String>,
    /// Chooses it.
    pub link: String,
}

/// Of a clinic's settings, what a mail names. Others may stand beside it.
#[derive(Deserialize)]
struct Known {
    zone: Tz,
    practitioners: Vec<Named>,
    kinds: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: uuid::Uuid,
    name: String,
}

impl Letter {
    /// Of a booking as it stands. A mail is still worth sending without what
    /// only the clinic's settings know.
    pub fn of(booking: &Booking, clinic: &Clinic, settings: Option<&SettingsRow>, links: &dyn Links, now: Now) -> Self {
        let known = settings.and_then(|row| match serde_json::from_str::<Known>(&row.content) {
            Ok(known) => Some(known),
            Err(error) => {
                tracing::warn!(%error, clinic = %clinic.id, "a clinic's settings can't be read for a mail");
                None
            }
        });
        let zone = known.as_ref().map(|known| known.zone);
        let practitioner = |id: Id| known.as_ref().and_then(|known| name(&known.practitioners, id));
        let kind = known.as_ref().and_then(|known| name(&known.kinds, booking.spot.kind));
        let verdict = booking.requests.iter().rev().find_map(|request| request.verdict.as_ref());
        let refused = matches!(booking.outcome, Outcome::NotPossible | Outcome::NotMoved);
        let verdict = verdict.filter(|verdict| refused && !verdict.accepted);
        let offered = verdict.into_iter().flat_map(|verdict| verdict.alternatives.iter().take(OFFERED));
        let alternatives = offered.map(|alternative| Offer {
            starts: wall(alternative.local_s),
            practitioner: practitioner(alternative.practitioner),
            link: links.alternative(booking, alternative),
        });
        let away = booking.outcome == Outcome::Held && clinic.state == State::Offline;
        let since = DateTime::from_timestamp_millis(clinic.state_since_ms).zip(zone);
        Self {
            outcome: booking.outcome,
            clinic: clinic.name.clone(),
            practitioner: practitioner(booking.spot.practitioner),
            kind,
            starts: wall(booking.spot.local_s),
            minutes: booking.spot.minutes,
            zone,
            away_since: since.filter(|_| away).map(|(since, zone)| since.with_timezone(&zone).naive_local()),
            opens: settings.filter(|_| away).and_then(plan_of).and_then(|plan| opens(&plan, now)),
            reason: verdict.and_then(|verdict| verdict.reason.as_deref()).and_then(Reason::parse),
            alternatives: alternatives.collect(),
            link: links.booking(booking),
            code: None,
        }
    }
}

fn name(all: &[Named], id: Id) -> Option<String> {
    all.iter().find(|named| named.id.as_bytes() == &*id).map(|named| named.name.clone())
}

/// Seconds by the clock on the wall as what the clock shows; nonsense shows as its beginning.
fn wall(local_s: i64) -> NaiveDateTime {
    DateTime::from_timestamp(local_s, 0).unwrap_or_default().naive_utc()
}
