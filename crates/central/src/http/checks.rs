//! Whether a wish may be taken down: everything is looked at side by side, and
//! the first that fails ends the others.

use chairside_schedule::Clinic as Plan;
use chairside_schedule::appointment::VisitTime;
use chairside_schedule::id::AppointmentId;
use chairside_schedule::rules::{Code, Finding, Severity, Wish};
use chairside_schedule::time::{Instant, day_number};
use chairside_sync::Now;
use chairside_sync::body::{Day, Window};
use chairside_sync::decide::ALTERNATIVE_DAYS;
use chairside_sync::holds::{By, Place, VisitorId};

use super::Api;
use super::input::Wanted;
use super::problem::Problem;
use super::view::SlotView;
use crate::availability::Known;
use crate::store::Storage;
use crate::store::clinics::Clinic;

/// A place that may be asked for.
pub struct Offered {
    /// Where and when.
    pub place: Place,
    /// By the clock on the wall, seconds since 1970-01-01T00:00 on that wall.
    pub local_s: i64,
    /// Its clinic-local day.
    pub day: Day,
    /// How long.
    pub minutes: u32,
}

/// What is looked at.
pub struct Asking<'a> {
    /// The clinic.
    pub clinic: &'a Clinic,
    /// What may be booked there.
    pub plan: &'a Plan,
    /// What is wanted.
    pub wanted: Wanted,
    /// The visit that is moved.
    pub visit: Option<AppointmentId>,
    /// What the asker already has.
    pub own: &'a [By],
    /// The hold that is to be given up: it has to be alive, and of this place.
    pub hold: Option<VisitorId>,
}

/// Looks at everything.
///
/// # Errors
/// What is wrong first, with three others that are free.
pub async fn check<S: Storage>(api: &Api<S>, asking: &Asking<'_>, now: Now) -> Result<Offered, Problem> {
    let Asking { clinic, plan, wanted, .. } = asking;
    let day = day_number(wanted.slot.day());
    if !clinic.window.contains(day) {
        let past = day < clinic.window.from;
        return Err(Problem::bad(if past { "past" } else { "beyond_window" }, "slot"));
    }
    let kind = plan.kind(wanted.kind).filter(|kind| kind.active && kind.bookable_online);
    let minutes = kind.ok_or(Problem::bad("kind_unknown", "kind"))?.minutes;
    let time = VisitTime::new(wanted.slot.start, plan.zone, minutes);
    let place = Place { practitioner: wanted.slot.practitioner, chair: None, interval: time.interval };
    let days = Window { from: day, to: (day + ALTERNATIVE_DAYS + 1).min(clinic.window.to) };
    let known = async { Ok(Known::read(api.engine.storage(), clinic.id, days, now).await?) };
    let (known, ()) = tokio::try_join!(known, room(api, clinic, now))?;
    let at = Instant(now.wall_ms.div_euclid(1_000));
    let wish = Wish {
        appointment: asking.visit,
        patient: None,
        practitioner: wanted.slot.practitioner,
        chair: None,
        kind: wanted.kind,
        start: wanted.slot.start,
        minutes,
    };
    let others = |problem: Problem| {
        let from = Instant(at.0.max(time.interval.start.0 - 43_200));
        let free = known.alternatives(plan, wanted.slot.practitioner, wanted.kind, from);
        let (reached, _) = api.reached(clinic);
        Problem { alternatives: free.iter().map(|slot| SlotView::of(slot, reached)).collect(), ..problem }
    };
    let findings = known.against(plan, &wish, at);
    if let Some(finding) = findings.iter().find(|finding| finding.severity != Severity::Warning) {
        return Err(others(problem_of(finding)));
    }
    if known.is_being_booked(&place, asking.own) {
        return Err(others(Problem::conflict("being_booked")));
    }
    if let Some(visitor) = asking.hold {
        match known.kept_by(By::Visitor(visitor)) {
            Some(kept) if *kept == place => {}
            Some(_) => return Err(Problem::conflict("hold_of_other_slot")),
            None => return Err(others(Problem::conflict("hold_expired"))),
        }
    }
    Ok(Offered { place, local_s: wanted.slot.start.and_utc().timestamp(), day, minutes })
}

/// Whether more may wait for this clinic.
async fn room<S: Storage>(api: &Api<S>, clinic: &Clinic, now: Now) -> Result<(), Problem> {
    let waiting = api.engine.storage().waiting(clinic.id, now).await?;
    let full = u64::from(waiting.held) >= api.limits.waiting_most;
    if full { Err(Problem::conflict("too_many_waiting")) } else { Ok(()) }
}

fn problem_of(finding: &Finding) -> Problem {
    match finding.code {
        Code::UnknownPractitioner | Code::PractitionerInactive | Code::PractitionerNotOnline => {
            Problem::bad("practitioner_unknown", "slot")
        }
        Code::UnknownKind | Code::KindInactive | Code::KindNotOnline => Problem::bad("kind_unknown", "kind"),
        Code::Past => Problem::bad("past", "slot"),
        Code::BeyondWindow => Problem::bad("beyond_window", "slot"),
        Code::OffGrid => Problem::bad("off_grid", "slot"),
        Code::NoSuchTime | Code::TimeTwice | Code::Length | Code::TooLong | Code::UnknownChair => {
            Problem::bad("not_possible", "slot")
        }
        Code::Clash | Code::ChairClash | Code::PatientElsewhere => Problem::conflict("taken"),
        Code::Closed | Code::Away | Code::OutsideHours | Code::InBreak | Code::Blocked | Code::KeptForEmergencies => {
            Problem::conflict("outside_hours")
        }
    }
}
