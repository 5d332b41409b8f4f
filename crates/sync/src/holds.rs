//! Who has a place while a booking is being made.
//!
//! A **hold** keeps a place for a visitor who fills in the form, with a limit.
//! Submitting turns it into a **claim**: without a limit, bound to the proposal,
//! and gone only when that is withdrawn, expires or gets its verdict.
//!
//! **Promise.** No two holds or claims that are alive ever overlap on one
//! practitioner or one chair. Overlap is decided in UTC, like every clash.
//!
//! What is on the clinic's schedule isn't known here: a hold says that nobody
//! else is booking the place, not that it is free.
//!
//! Limits are kept as wall clock: a hold outlives the process that wrote it and
//! is read by others (see [`Now::is_over`] for a clock that is set).

use std::collections::BTreeMap;

use chairside_schedule::id::{ChairId, PractitionerId};
use chairside_schedule::time::Interval;
use uuid::Uuid;

use crate::now::Now;
use crate::proposal::ProposalId;

/// How long a place is kept for somebody who fills in the form.
pub const FORM_MS: u64 = 5 * 60_000;
/// How long it is kept for somebody who first has to open a mail.
pub const VERIFY_MS: u64 = 30 * 60_000;

/// Somebody with the booking page open. Drawn by the page, and says nothing of who it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VisitorId(pub Uuid);

/// A stretch of somebody's time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// With whom.
    pub practitioner: PractitionerId,
    /// Where, in clinics that plan chairs.
    pub chair: Option<ChairId>,
    /// When, in UTC.
    pub interval: Interval,
}

impl Place {
    /// Whether both can't be had.
    pub fn overlaps(&self, other: &Self) -> bool {
        let shared = self.practitioner == other.practitioner || (self.chair.is_some() && self.chair == other.chair);
        shared && self.interval.overlaps(other.interval)
    }
}

/// A place kept for a visitor for a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hold {
    /// Which place.
    pub place: Place,
    /// What they are doing.
    pub step: Step,
    /// When they began with that; wall clock.
    pub since_ms: i64,
}

/// What a visitor is doing while their place is kept, in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// Filling in the form.
    Form,
    /// Proving that the contact is theirs.
    Verify,
}

impl Hold {
    /// How long this one lasts in all.
    pub const fn limit_ms(&self) -> u64 {
        match self.step {
            Step::Form => FORM_MS,
            Step::Verify => VERIFY_MS,
        }
    }

    /// Whether it still keeps its place.
    pub const fn is_alive(&self, now: Now) -> bool {
        !now.is_over(self.since_ms, self.limit_ms())
    }
}

/// Who has a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum By {
    /// Somebody with the form open.
    Visitor(VisitorId),
    /// A submitted request.
    Proposal(ProposalId),
}

/// Why a place is kept no longer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Way {
    /// The visitor left the form.
    Left,
    /// The visitor took another place.
    TookAnother,
    /// The limit of a hold, or the time of a request that was never sent.
    Expired,
    /// The patient took the request back.
    Withdrawn,
    /// The hub has answered; what it accepted stands on the schedule now.
    Decided,
}

/// What changed, for the pages of all who look on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Being booked from now on.
    Kept {
        /// Which place.
        place: Place,
        /// By whom.
        by: By,
    },
    /// Not being booked any more.
    Released {
        /// Which place.
        place: Place,
        /// Who had it.
        by: By,
        /// Why.
        way: Way,
    },
}

/// Why a place isn't given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Somebody else is booking it.
    #[error("somebody else is booking this place")]
    Taken,
    /// The proposal has another place already: an id stands for one wish.
    #[error("the proposal has another place already")]
    OtherPlace,
}

/// All places of a clinic that are being booked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Holds {
    holds: BTreeMap<VisitorId, Hold>,
    claims: BTreeMap<ProposalId, Place>,
}

impl Holds {
    /// Reads back what [`Self::holds`] and [`Self::claims`] gave.
    pub fn rebuilt(
        holds: impl IntoIterator<Item = (VisitorId, Hold)>,
        claims: impl IntoIterator<Item = (ProposalId, Place)>,
    ) -> Self {
        Self { holds: holds.into_iter().collect(), claims: claims.into_iter().collect() }
    }

    /// Every hold, also those whose limit has passed unnoticed.
    pub fn holds(&self) -> impl Iterator<Item = (VisitorId, &Hold)> {
        self.holds.iter().map(|(&visitor, hold)| (visitor, hold))
    }

    /// Every claim.
    pub fn claims(&self) -> impl Iterator<Item = (ProposalId, &Place)> {
        self.claims.iter().map(|(&proposal, place)| (proposal, place))
    }

    /// What is being booked now, and by whom: what others are shown as such.
    pub fn being_booked(&self, now: Now) -> impl Iterator<Item = (By, &Place)> {
        let holds = self.holds.iter().filter(move |(_, hold)| hold.is_alive(now));
        let holds = holds.map(|(&visitor, hold)| (By::Visitor(visitor), &hold.place));
        holds.chain(self.claims.iter().map(|(&proposal, place)| (By::Proposal(proposal), place)))
    }

    /// When [`Self::expire`] has something to do next, by this machine's steady clock.
    pub fn wake_steady_ms(&self, now: Now) -> Option<u64> {
        self.holds.values().map(|hold| now.steady_when_over(hold.since_ms, hold.limit_ms())).min()
    }

    /// Keeps a place for a visitor for [`FORM_MS`]; the one they had before is
    /// let go. Asking again for the same place changes nothing, the limit included.
    ///
    /// # Errors
    /// [`Refused::Taken`]; they keep what they had then.
    pub fn take(&mut self, now: Now, visitor: VisitorId, place: Place) -> Result<Vec<Change>, Refused> {
        self.keep(now, visitor, place, Step::Form)
    }

    /// Keeps a visitor's place for [`VERIFY_MS`] from now, while they verify their contact.
    ///
    /// # Errors
    /// [`Refused::Taken`] where their hold had expired and somebody else was quicker.
    pub fn await_verification(&mut self, now: Now, visitor: VisitorId, place: Place) -> Result<Vec<Change>, Refused> {
        self.keep(now, visitor, place, Step::Verify)
    }

    /// Turns a visitor's hold into the claim of what they submitted. An expired
    /// hold will do as long as nobody else took the place meanwhile. Submitting
    /// twice changes nothing.
    ///
    /// # Errors
    /// [`Refused::Taken`], [`Refused::OtherPlace`].
    pub fn submit(
        &mut self,
        now: Now,
        visitor: VisitorId,
        place: Place,
        proposal: ProposalId,
    ) -> Result<Vec<Change>, Refused> {
        match self.claims.get(&proposal) {
            Some(claimed) if *claimed == place => return Ok(Vec::new()),
            Some(_) => return Err(Refused::OtherPlace),
            None => {}
        }
        self.free_for(now, visitor, &place)?;
        let mut changes = self.expire(now);
        // The place goes from the one to the other; nobody sees it free in between.
        let own = self.holds.extract_if(visitor..=visitor, |_, hold| hold.place.overlaps(&place));
        let other = own.filter(|(_, hold)| hold.place != place);
        changes.extend(other.map(|(_, hold)| released(By::Visitor(visitor), hold.place, Way::TookAnother)));
        self.claims.insert(proposal, place);
        changes.push(Change::Kept { place, by: By::Proposal(proposal) });
        Ok(changes)
    }

    /// The visitor leaves the form.
    pub fn leave(&mut self, visitor: VisitorId) -> Option<Change> {
        let hold = self.holds.remove(&visitor)?;
        Some(released(By::Visitor(visitor), hold.place, Way::Left))
    }

    /// A request has come to its end, by [`Way::Withdrawn`], [`Way::Expired`] or [`Way::Decided`].
    pub fn end(&mut self, proposal: ProposalId, way: Way) -> Option<Change> {
        let place = self.claims.remove(&proposal)?;
        Some(released(By::Proposal(proposal), place, way))
    }

    /// Lets go of every hold whose limit has passed. Claims have none.
    pub fn expire(&mut self, now: Now) -> Vec<Change> {
        let expired = self.holds.extract_if(.., |_, hold| !hold.is_alive(now));
        expired.map(|(visitor, hold)| released(By::Visitor(visitor), hold.place, Way::Expired)).collect()
    }

    fn keep(&mut self, now: Now, visitor: VisitorId, place: Place, step: Step) -> Result<Vec<Change>, Refused> {
        self.free_for(now, visitor, &place)?;
        // What has expired goes for good, so that no clock set back revives it beside the new one.
        let mut changes = self.expire(now);
        if let Some(hold) = self.holds.get_mut(&visitor).filter(|hold| hold.place == place) {
            // Only the next step brings a new limit: a page loaded again and
            // again keeps a place no longer, and puts no one back a step.
            if step > hold.step {
                *hold = Hold { place, step, since_ms: now.wall_ms };
            }
            return Ok(changes);
        }
        let before = self.holds.insert(visitor, Hold { place, step, since_ms: now.wall_ms });
        let by = By::Visitor(visitor);
        changes.extend(before.map(|hold| released(by, hold.place, Way::TookAnother)));
        changes.push(Change::Kept { place, by });
        Ok(changes)
    }

    /// The one place where it is decided whether a visitor can have a place.
    fn free_for(&self, now: Now, visitor: VisitorId, place: &Place) -> Result<(), Refused> {
        let mut others = self.being_booked(now).filter(|(by, _)| *by != By::Visitor(visitor));
        if others.any(|(_, taken)| taken.overlaps(place)) { Err(Refused::Taken) } else { Ok(()) }
    }
}

const fn released(by: By, place: Place, way: Way) -> Change {
    Change::Released { place, by, way }
}

#[cfg(test)]
mod tests {
    use chairside_schedule::time::Instant;

    use super::*;
    use crate::body::Id;

    fn visitor(number: u8) -> VisitorId {
        VisitorId(Uuid::from_u128(number.into()))
    }

    fn proposal(number: u8) -> ProposalId {
        ProposalId(Id::from([number; 16]))
    }

    fn place(practitioner: u8, chair: u8, start: i64, end: i64) -> Place {
        Place {
            practitioner: PractitionerId(Uuid::from_u128(practitioner.into())),
            chair: (chair > 0).then(|| ChairId(Uuid::from_u128(chair.into()))),
            interval: Interval::new(Instant(start), Instant(end)).expect("start before end"),
        }
    }

    fn at(minutes: f64) -> Now {
        Now { steady_ms: 0, wall_ms: (minutes * 60_000.0) as i64 }
    }

    #[test]
    fn one_place_each_and_nobody_elses() {
        let mut holds = Holds::default();
        let (nine, late, ten) = (place(1, 0, 0, 30), place(1, 0, 20, 40), place(1, 0, 30, 60));
        assert_eq!(holds.take(at(0.0), visitor(1), nine).expect("free").len(), 1);
        assert_eq!(holds.take(at(0.0), visitor(2), late), Err(Refused::Taken));
        holds.take(at(0.0), visitor(2), ten).expect("only touches");
        let by = By::Visitor(visitor(1));
        let other = place(2, 0, 0, 30);
        let moved = [released(by, nine, Way::TookAnother), Change::Kept { place: other, by }];
        assert_eq!(holds.take(at(1.0), visitor(1), other).expect("free"), moved);
        holds.take(at(1.0), visitor(3), nine).expect("let go");
        assert_eq!(holds.leave(visitor(3)), Some(released(By::Visitor(visitor(3)), nine, Way::Left)));
        assert_eq!(holds.being_booked(at(1.0)).count(), 2);
        assert_eq!(Holds::rebuilt(holds.holds().map(|(id, hold)| (id, *hold)), []), holds);
    }

    #[test]
    fn a_chair_is_shared_by_those_who_treat_there() {
        let mut holds = Holds::default();
        holds.take(at(0.0), visitor(1), place(1, 7, 0, 30)).expect("free");
        assert_eq!(holds.take(at(0.0), visitor(2), place(2, 7, 0, 30)), Err(Refused::Taken));
        holds.take(at(0.0), visitor(2), place(2, 8, 0, 30)).expect("another chair");
        holds.take(at(0.0), visitor(3), place(3, 0, 0, 30)).expect("no chair planned");
    }

    #[test]
    fn a_hold_lasts_five_minutes_however_often_the_page_is_loaded_and_a_mail_gives_thirty() {
        let mut holds = Holds::default();
        let nine = place(1, 0, 0, 30);
        holds.take(at(0.0), visitor(1), nine).expect("free");
        assert_eq!(holds.take(at(4.9), visitor(1), nine), Ok(vec![]));
        assert_eq!(holds.wake_steady_ms(at(4.0)), Some(60_000));
        assert_eq!(holds.await_verification(at(4.9), visitor(1), nine), Ok(vec![]));
        assert_eq!(holds.take(at(6.0), visitor(1), nine), Ok(vec![]), "going back takes nothing away");
        assert_eq!(holds.take(at(34.8), visitor(2), nine), Err(Refused::Taken));
        let changes = holds.take(at(34.9), visitor(2), nine).expect("expired");
        let (first, second) = (By::Visitor(visitor(1)), By::Visitor(visitor(2)));
        assert_eq!(changes, [released(first, nine, Way::Expired), Change::Kept { place: nine, by: second }]);
    }

    #[test]
    fn an_expired_hold_can_be_submitted_unless_somebody_was_quicker() {
        let nine = place(1, 0, 0, 30);
        let mut alone = Holds::default();
        alone.take(at(0.0), visitor(1), nine).expect("free");
        let mut raced = alone.clone();
        alone.submit(at(50.0), visitor(1), nine, proposal(1)).expect("nobody came");
        raced.take(at(5.0), visitor(2), nine).expect("expired");
        assert_eq!(raced.submit(at(5.1), visitor(1), nine, proposal(1)), Err(Refused::Taken));
    }

    #[test]
    fn a_claim_has_no_limit_and_ends_once() {
        let nine = place(1, 0, 0, 30);
        let mut holds = Holds::default();
        holds.take(at(0.0), visitor(1), nine).expect("free");
        let claim = By::Proposal(proposal(1));
        let submitted = holds.submit(at(1.0), visitor(1), nine, proposal(1));
        assert_eq!(submitted, Ok(vec![Change::Kept { place: nine, by: claim }]));
        assert_eq!(holds.submit(at(1.1), visitor(1), nine, proposal(1)), Ok(vec![]), "a double click");
        let later = place(1, 0, 60, 90);
        assert_eq!(holds.submit(at(1.1), visitor(1), later, proposal(1)), Err(Refused::OtherPlace));
        assert_eq!(holds.expire(at(1e6)), []);
        assert_eq!(holds.take(at(1e6), visitor(2), nine), Err(Refused::Taken));
        assert_eq!(holds.end(proposal(1), Way::Decided), Some(released(claim, nine, Way::Decided)));
        assert_eq!(holds.end(proposal(1), Way::Withdrawn), None);
        assert_eq!(holds, Holds::default());
    }
}
