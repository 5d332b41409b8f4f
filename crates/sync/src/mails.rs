//! What mail goes out to a patient, and when.
//!
//! A mail is a row, written in the transaction of the state it speaks of, and
//! sent after it: whatever is true gets told, and nothing is told that isn't
//! true. [`plan`] says what becomes of each row of one booking. What it sends
//! goes in two steps: [`Row::begin`] is committed, and then, with the booking
//! read anew and locked until the mail server has answered, it leaves if
//! [`may_leave`] still says so.
//!
//! **Promise.** Of a row that speaks of the booking as it is, a mail leaves at
//! least once, or a person sees it among the dead. A row that speaks of
//! anything else never leaves.
//!
//! The try is counted before the mail leaves, so that one which brings its
//! sender down is counted too. A crash in between sends again rather than never.
//!
//! Moments are wall clock: rows outlive the process that wrote them and are
//! sent by others (see [`Now::is_over`] for a clock that is set).

use uuid::Uuid;

use crate::chain::Hash;
use crate::now::Now;

/// How long a change made at the clinic waits for being undone.
pub const UNDO_MS: u64 = 60_000;
/// How often a mail is tried before a person is asked; with the pauses below,
/// for more than a day: longer than a mail server is usually down.
pub const TRIES: u32 = 12;
/// How long the first try is given before the second; it doubles from there.
pub const RETRY_MS: u64 = 60_000;
/// The longest pause between two tries.
pub const RETRY_MAX_MS: u64 = 6 * 60 * 60_000;

/// The patient's thing: what they booked, through all its proposals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BookingId(pub Uuid);

/// What a patient is told of a booking.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// Taken down.
    Received,
    /// Kept until the clinic is back.
    Held,
    /// The clinic said yes.
    Confirmed,
    /// The clinic said no.
    NotPossible,
    /// Its time came before the clinic did.
    Expired,
    /// Taken back before it was sent.
    Withdrawn,
    /// Cancelled by the patient.
    CancelledByYou,
    /// Moved by the clinic.
    MovedByClinic,
    /// Cancelled by the clinic.
    CancelledByClinic,
    /// The patient wishes it no longer, and the clinic hasn't answered that yet.
    CancellationSent,
    /// The patient wished it elsewhere in vain: it stays as it was.
    NotMoved,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 11] = [
        Self::Received,
        Self::Held,
        Self::Confirmed,
        Self::NotPossible,
        Self::Expired,
        Self::Withdrawn,
        Self::CancelledByYou,
        Self::MovedByClinic,
        Self::CancelledByClinic,
        Self::CancellationSent,
        Self::NotMoved,
    ];

    /// Whether the patient is to come.
    pub const fn is_on(self) -> bool {
        matches!(self, Self::Confirmed | Self::MovedByClinic | Self::NotMoved)
    }

    /// The word in tables and logs; it doesn't change.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::NotPossible => "not_possible",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::CancelledByYou => "cancelled_by_you",
            Self::MovedByClinic => "moved_by_clinic",
            Self::CancelledByClinic => "cancelled_by_clinic",
            Self::CancellationSent => "cancellation_sent",
            Self::NotMoved => "not_moved",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// What a row is known by; there is never a second one with the same three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// Which booking.
    pub booking: BookingId,
    /// The booking's how-manieth state. Rises with every state that is worth a
    /// mail, in the transaction that writes its row, and with nothing else.
    pub sequence: u64,
    /// What the mail says.
    pub outcome: Outcome,
}

/// One mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// What it is known by.
    pub key: Key,
    /// A hash of the time and the person it names. Tells two moves apart, and
    /// a change that was undone from one that wasn't.
    pub gist: Hash,
    /// Written for something done at the clinic, which may be undone at once.
    pub by_clinic: bool,
    /// When it was written; wall clock.
    pub written_ms: i64,
    /// Tries begun.
    pub tries: u32,
    /// When the last of them began; wall clock.
    pub tried_ms: i64,
    /// How it is with it.
    pub standing: Standing,
}

/// How it is with a mail.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Standing {
    /// Not yet sent, or nobody knows.
    Waiting,
    /// The mail server has it.
    Sent,
    /// Never to be sent.
    Dropped(Why),
    /// Tried in vain; a person is asked.
    Dead,
}

/// Why a mail isn't sent any more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Why {
    /// The booking stands otherwise by now.
    Overtaken,
    /// The patient knows already: what changed since was undone before it was told.
    Known,
}

/// A booking as it is, read under the lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    /// Its how-manieth state; see [`Key::sequence`].
    pub sequence: u64,
    /// What a patient would be told now.
    pub outcome: Outcome,
    /// See [`Row::gist`].
    pub gist: Hash,
    /// The clinic's hub, or central itself, was restored, and not all verdicts
    /// are replayed: what is read here may be older than what was said.
    pub replaying: bool,
}

/// What to do with a mail now.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Plan {
    /// Begin a try.
    Send,
    /// Ask again at this moment of the asker's own steady clock.
    Wait {
        /// When.
        until_steady_ms: u64,
    },
    /// Ask again when the verdicts are replayed.
    AwaitReplay,
    /// Never send it.
    Drop(Why),
    /// Put it before a person.
    Dead,
}

impl Row {
    /// A mail about a booking's new state.
    pub const fn new(booking: BookingId, state: &State, by_clinic: bool, now: Now) -> Self {
        Self {
            key: Key { booking, sequence: state.sequence, outcome: state.outcome },
            gist: state.gist,
            by_clinic,
            written_ms: now.wall_ms,
            tries: 0,
            tried_ms: 0,
            standing: Standing::Waiting,
        }
    }

    /// Counts a try; to be committed before the mail leaves.
    pub const fn begin(&mut self, now: Now) {
        self.tries += 1;
        self.tried_ms = now.wall_ms;
    }
}

/// What to do with every waiting row of one booking. Rows in any order, those
/// that are sent, dropped or dead among them.
pub fn plan(rows: &[Row], state: &State, now: Now) -> Vec<(Key, Plan)> {
    let known = last_told(rows);
    let waiting = rows.iter().filter(|row| row.standing == Standing::Waiting);
    waiting.map(|row| (row.key, plan_one(row, known, state, now))).collect()
}

fn plan_one(row: &Row, known: Option<&Row>, state: &State, now: Now) -> Plan {
    if state.replaying {
        return Plan::AwaitReplay;
    }
    if !speaks_of(row, state) {
        return Plan::Drop(Why::Overtaken);
    }
    if known.is_some_and(|known| says_the_same(known, row)) {
        return Plan::Drop(Why::Known);
    }
    if row.by_clinic && !now.is_over(row.written_ms, UNDO_MS) {
        return Plan::Wait { until_steady_ms: now.steady_when_over(row.written_ms, UNDO_MS) };
    }
    // A try that began may still be under way elsewhere, the last one too.
    let pause_ms = retry_pause_ms(row.tries);
    if !now.is_over(row.tried_ms, pause_ms) {
        return Plan::Wait { until_steady_ms: now.steady_when_over(row.tried_ms, pause_ms) };
    }
    if row.tries >= TRIES { Plan::Dead } else { Plan::Send }
}

/// Whether a mail whose try has begun may leave, with the booking locked.
pub fn may_leave(row: &Row, state: &State) -> bool {
    !state.replaying && speaks_of(row, state)
}

/// Whether a mail says what is.
fn speaks_of(row: &Row, state: &State) -> bool {
    row.key.sequence == state.sequence && row.key.outcome == state.outcome
}

/// Whether two mails leave a patient with the same knowledge.
fn says_the_same(known: &Row, row: &Row) -> bool {
    let (known_as, outcome) = (known.key.outcome, row.key.outcome);
    // Each is an answer to a wish of its own, also where nothing changed by it.
    if matches!(outcome, Outcome::NotMoved | Outcome::CancellationSent) {
        return false;
    }
    // Moved back to where it was is on as it was.
    known.gist == row.gist && (known_as == outcome || (known_as.is_on() && outcome.is_on()))
}

/// The last mail the patient got, if that is certain. A later one that was
/// tried may have reached them or not; then nothing is certain.
fn last_told(rows: &[Row]) -> Option<&Row> {
    let tried = rows.iter().filter(|row| row.tries > 0).max_by_key(|row| row.key.sequence)?;
    (tried.standing == Standing::Sent).then_some(tried)
}

/// The pause after so many tries: none before the first, then growing to [`RETRY_MAX_MS`].
pub const fn retry_pause_ms(tries: u32) -> u64 {
    if tries == 0 {
        return 0;
    }
    // Ten doublings of a minute are past the longest pause.
    let doublings = if tries - 1 < 10 { tries - 1 } else { 10 };
    let pause_ms = RETRY_MS << doublings;
    if pause_ms < RETRY_MAX_MS { pause_ms } else { RETRY_MAX_MS }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOKING: BookingId = BookingId(Uuid::from_u128(1));

    fn at(wall_ms: i64) -> Now {
        Now { steady_ms: 0, wall_ms }
    }

    fn state(sequence: u64, outcome: Outcome, gist: u8) -> State {
        State { sequence, outcome, gist: Hash([gist; 32]), replaying: false }
    }

    fn sent(state: &State) -> Row {
        let mut row = Row::new(BOOKING, state, false, at(0));
        row.begin(at(0));
        Row { standing: Standing::Sent, ..row }
    }

    fn plan_of(row: Row, rows: &[Row], state: &State, wall_ms: i64) -> Plan {
        let mut rows = rows.to_vec();
        rows.push(row);
        let plans = plan(&rows, state, at(wall_ms));
        plans.into_iter().find(|(key, _)| *key == row.key).expect("a waiting row").1
    }

    #[test]
    fn a_verdict_is_told_at_once_and_a_change_at_the_clinic_after_a_minute() {
        let confirmed = state(1, Outcome::Confirmed, 10);
        assert_eq!(plan_of(Row::new(BOOKING, &confirmed, false, at(0)), &[], &confirmed, 0), Plan::Send);
        let cancelled = state(2, Outcome::CancelledByClinic, 10);
        let row = Row::new(BOOKING, &cancelled, true, at(0));
        assert_eq!(plan_of(row, &[], &cancelled, 59_999), Plan::Wait { until_steady_ms: 1 });
        assert_eq!(plan_of(row, &[], &cancelled, 60_000), Plan::Send);
    }

    #[test]
    fn what_was_undone_in_time_is_never_mentioned() {
        let (first, cancelled) = (state(1, Outcome::Confirmed, 10), state(2, Outcome::CancelledByClinic, 10));
        let told = sent(&first);
        let cancelling = Row::new(BOOKING, &cancelled, true, at(0));
        for undone in [state(3, Outcome::Confirmed, 10), state(3, Outcome::MovedByClinic, 10)] {
            let undoing = Row::new(BOOKING, &undone, true, at(30_000));
            assert_eq!(plan_of(cancelling, &[told, undoing], &undone, 30_000), Plan::Drop(Why::Overtaken));
            assert_eq!(plan_of(undoing, &[told, cancelling], &undone, 30_000), Plan::Drop(Why::Known));
            let mut tried = cancelling;
            tried.begin(at(60_000));
            let late = Plan::Send;
            assert_eq!(plan_of(undoing, &[told, tried], &undone, 90_000), late, "it may have been told");
            assert_eq!(plan_of(undoing, &[told, sent(&cancelled)], &undone, 90_000), late, "it was told");
        }
        let moved = state(3, Outcome::MovedByClinic, 11);
        assert_eq!(plan_of(Row::new(BOOKING, &moved, true, at(0)), &[told], &moved, 60_000), Plan::Send);
    }

    #[test]
    fn every_wish_is_answered_even_if_nothing_changed_by_it() {
        let (confirmed, refused) = (state(1, Outcome::Confirmed, 10), state(2, Outcome::NotMoved, 10));
        let row = Row::new(BOOKING, &refused, false, at(0));
        assert_eq!(plan_of(row, &[sent(&confirmed)], &refused, 0), Plan::Send);
        let again = state(3, Outcome::NotMoved, 10);
        assert_eq!(plan_of(Row::new(BOOKING, &again, false, at(0)), &[sent(&refused)], &again, 0), Plan::Send);
        let undone = state(4, Outcome::Confirmed, 10);
        let known = plan_of(Row::new(BOOKING, &undone, false, at(0)), &[sent(&again)], &undone, 0);
        assert_eq!(known, Plan::Drop(Why::Known), "it stood all the while");
    }

    #[test]
    fn what_is_no_longer_so_is_not_said() {
        let row = Row::new(BOOKING, &state(1, Outcome::Confirmed, 10), false, at(0));
        // The same number twice: a store restored from before it was given.
        for now in [state(2, Outcome::Confirmed, 11), state(1, Outcome::NotPossible, 10)] {
            assert_eq!(plan_of(row, &[], &now, 0), Plan::Drop(Why::Overtaken));
            assert!(!may_leave(&row, &now));
        }
    }

    #[test]
    fn nothing_leaves_while_verdicts_are_replayed_not_even_into_the_bin() {
        let confirmed = state(1, Outcome::Confirmed, 10);
        let row = Row::new(BOOKING, &confirmed, false, at(0));
        for now in [confirmed, state(2, Outcome::Withdrawn, 10)] {
            let replaying = State { replaying: true, ..now };
            assert_eq!(plan_of(row, &[], &replaying, 1_000_000), Plan::AwaitReplay);
            assert!(!may_leave(&row, &replaying));
        }
    }

    #[test]
    fn tries_grow_rarer_until_a_person_is_asked() {
        let confirmed = state(1, Outcome::Confirmed, 10);
        let (mut row, mut wall_ms, mut pauses) = (Row::new(BOOKING, &confirmed, false, at(0)), 0, Vec::new());
        let mut end = Plan::Send;
        for _ in 0..3 * TRIES {
            end = plan_of(row, &[], &confirmed, wall_ms);
            match end {
                Plan::Send => row.begin(at(wall_ms)),
                Plan::Wait { until_steady_ms } => {
                    pauses.push(until_steady_ms / 60_000);
                    wall_ms += i64::try_from(until_steady_ms).expect("a pause");
                }
                _ => break,
            }
        }
        assert_eq!(end, Plan::Dead);
        assert_eq!(row.tries, TRIES);
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
        assert!(Outcome::ALL.into_iter().all(|outcome| Outcome::parse(outcome.as_str()) == Some(outcome)));
    }
}
