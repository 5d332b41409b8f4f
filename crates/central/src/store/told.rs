//! What a patient is told as requests move on and rows change: pure, the same
//! for every implementation of the store.

use chairside_schedule::time::Instant;
use chairside_sync::body::{AppointmentRow, Day, Id};
use chairside_sync::booking::State;
use chairside_sync::mails::Outcome;
use chairside_sync::proposal::day_of;
use chairside_sync::{Hash, Proposal, Wish};

/// The place a booking speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spot {
    /// With whom.
    pub practitioner: Id,
    /// What for.
    pub kind: Id,
    /// By the clock on the clinic's wall, seconds since 1970-01-01T00:00 on that wall.
    pub local_s: i64,
    /// How long.
    pub minutes: u32,
    /// When, in UTC.
    pub start: Instant,
}

impl Spot {
    /// Where a visit is.
    pub fn of(row: &AppointmentRow) -> Self {
        Self {
            practitioner: row.practitioner,
            kind: row.kind,
            local_s: row.local_s,
            minutes: u32::try_from((row.end_s - row.start_s) / 60).unwrap_or(0),
            start: Instant(row.start_s),
        }
    }

    /// The clinic-local day.
    pub fn day(&self) -> Day {
        day_of(self.local_s)
    }

    /// Of the time and the person, which is all that a patient has to know to come.
    pub fn gist(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&*self.practitioner);
        hasher.update(&self.local_s.to_le_bytes());
        Hash(*hasher.finalize().as_bytes())
    }
}

/// The kind of a wish, as a request's row keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A new visit.
    Book,
    /// The visit at another time, or with somebody else.
    Move,
    /// The visit no longer.
    Cancel,
}

impl Kind {
    /// Of a patient's wish; none for what only another desktop of the clinic says.
    pub const fn of(wish: &Wish) -> Option<Self> {
        match wish {
            Wish::Book(_) => Some(Self::Book),
            Wish::Move(_) => Some(Self::Move),
            Wish::Cancel => Some(Self::Cancel),
            Wish::Edit(_) => None,
        }
    }

    /// The word in tables; it doesn't change.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Move => "move",
            Self::Cancel => "cancel",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Book, Self::Move, Self::Cancel].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What is told of a booking now that a request of this kind has come to
/// `state`; nothing where what was told `before` still holds. In whichever
/// order answers are heard, the last word is the same.
pub const fn told(kind: Kind, state: State, before: Outcome) -> Option<Outcome> {
    use Outcome as O;
    let ended = matches!(before, O::CancelledByYou | O::CancelledByClinic);
    let stands = before.is_on() || matches!(before, O::Received | O::Held);
    let leaves = matches!(before, O::CancellationSent);
    match (kind, state) {
        // Moved since, or gone: that was heard of first.
        (Kind::Book, State::Confirmed) if before.is_on() || ended || leaves => None,
        (Kind::Book, State::Confirmed) => Some(O::Confirmed),
        (Kind::Book, State::Rejected | State::Refused) => Some(O::NotPossible),
        (Kind::Book, State::Withdrawn) => Some(O::Withdrawn),
        (Kind::Book, State::Expired) => Some(O::Expired),
        (Kind::Move, State::Confirmed) if !ended && !leaves => Some(O::Confirmed),
        (Kind::Move, State::Rejected | State::Refused | State::Expired) if before.is_on() => Some(O::NotMoved),
        (Kind::Cancel, State::Held | State::Sent) if stands => Some(O::CancellationSent),
        // Of what never was, a cancel is accepted without effect.
        (Kind::Cancel, State::Confirmed) if stands || leaves => Some(O::CancelledByYou),
        // It came to nothing: the visit stands, if it ever did; see [`stands_again`].
        (Kind::Cancel, State::Rejected | State::Refused | State::Expired) if leaves => Some(O::Confirmed),
        _ => None,
    }
}

/// What is told of a booking whose cancel came to nothing, by where its first
/// request stands.
pub const fn stands_again(first: State) -> Outcome {
    match first {
        State::Confirmed => Outcome::Confirmed,
        State::Held => Outcome::Held,
        _ => Outcome::Received,
    }
}

/// What is told of a booking now that its visit stands like this at the clinic;
/// nothing where that is what the patient knows, or what they asked for.
pub fn changed(before: Outcome, known: &Spot, row: &AppointmentRow) -> Option<Outcome> {
    let gone = matches!(row.status.as_str(), "cancelled" | "entered-in-error");
    let elsewhere = Spot::of(row).gist() != known.gist();
    match before {
        before if before.is_on() && gone => Some(Outcome::CancelledByClinic),
        before if before.is_on() && elsewhere => Some(Outcome::MovedByClinic),
        Outcome::CancelledByClinic if !gone && elsewhere => Some(Outcome::MovedByClinic),
        // Undone: on as it was.
        Outcome::CancelledByClinic if !gone => Some(Outcome::Confirmed),
        _ => None,
    }
}

/// Where a wish would put the visit; none for a cancel, which leaves it where it is.
pub fn wished(proposal: &Proposal, before: Option<&Spot>, start: Instant) -> Option<Spot> {
    match &proposal.wish {
        Wish::Book(place) => Some(Spot {
            practitioner: place.practitioner,
            kind: place.kind,
            local_s: place.local_s,
            minutes: place.minutes,
            start,
        }),
        // When that is in UTC the verdict's row says.
        Wish::Move(to) => before.map(|before| Spot {
            practitioner: to.practitioner,
            local_s: to.local_s,
            start: Instant(before.start.0 + to.local_s - before.local_s),
            ..*before
        }),
        Wish::Cancel | Wish::Edit(_) => None,
    }
}

/// The word of a request's state in tables; it doesn't change.
pub const fn state_word(state: State) -> &'static str {
    match state {
        State::Requested => "requested",
        State::Held => "held",
        State::Sent => "sent",
        State::Confirmed => "confirmed",
        State::Rejected => "rejected",
        State::Withdrawn => "withdrawn",
        State::Expired => "expired",
        State::Refused => "refused",
    }
}

/// Reads [`state_word`] back.
pub fn parse_state(word: &str) -> Option<State> {
    State::ALL.into_iter().find(|state| state_word(*state) == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_say_the_same_in_whichever_order_they_are_heard() {
        let steps = [(Kind::Book, State::Confirmed), (Kind::Move, State::Confirmed), (Kind::Cancel, State::Confirmed)];
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for order in orders {
            let end = order.iter().fold(Outcome::Received, |before, step| {
                let (kind, state) = steps[*step];
                told(kind, state, before).unwrap_or(before)
            });
            assert_eq!(end, Outcome::CancelledByYou, "{order:?}");
        }
    }

    #[test]
    fn what_never_was_is_neither_cancelled_nor_moved() {
        for before in [Outcome::NotPossible, Outcome::Expired, Outcome::Withdrawn] {
            assert_eq!(told(Kind::Cancel, State::Confirmed, before), None);
        }
        assert_eq!(
            told(Kind::Move, State::Rejected, Outcome::Confirmed),
            Some(Outcome::NotMoved),
            "it stays as it was"
        );
        assert_eq!(told(Kind::Move, State::Withdrawn, Outcome::Confirmed), None, "they know");
    }

    #[test]
    fn a_cancel_is_on_its_way_until_the_clinic_has_answered() {
        for before in [Outcome::Received, Outcome::Confirmed, Outcome::MovedByClinic, Outcome::NotMoved] {
            assert_eq!(told(Kind::Cancel, State::Held, before), Some(Outcome::CancellationSent));
        }
        let leaves = Outcome::CancellationSent;
        assert_eq!(told(Kind::Cancel, State::Sent, leaves), None, "said once");
        assert_eq!(told(Kind::Book, State::Confirmed, leaves), None);
        assert_eq!(told(Kind::Cancel, State::Confirmed, leaves), Some(Outcome::CancelledByYou));
        assert_eq!(told(Kind::Cancel, State::Rejected, leaves), Some(stands_again(State::Confirmed)));
        assert_eq!(stands_again(State::Sent), Outcome::Received);
    }

    #[test]
    fn new_zone_rules_tell_patients_nothing_and_another_time_of_day_does() {
        let id = |number: u8| Id::from([number; 16]);
        let known = AppointmentRow {
            id: id(1),
            version: 1,
            practitioner: id(2),
            chair: None,
            kind: id(3),
            status: "booked".to_owned(),
            day: 20_781,
            local_s: 1_795_512_600,
            zone: "Europe/Stockholm".to_owned(),
            start_s: 1_795_509_000,
            end_s: 1_795_511_700,
            patient: id(4),
        };
        let (start_s, end_s) = (known.start_s + 3_600, known.end_s + 3_600);
        let rezoned = AppointmentRow { version: 2, start_s, end_s, ..known.clone() };
        let moved = AppointmentRow { local_s: known.local_s + 3_600, ..rezoned.clone() };
        assert_eq!(changed(Outcome::Confirmed, &Spot::of(&known), &rezoned), None);
        assert_eq!(changed(Outcome::Confirmed, &Spot::of(&known), &moved), Some(Outcome::MovedByClinic));
    }

    #[test]
    fn words_of_states_can_be_read_back() {
        assert!(State::ALL.into_iter().all(|state| parse_state(state_word(state)) == Some(state)));
    }
}
