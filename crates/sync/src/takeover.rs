//! Who decides for a clinic: epochs, and the registry that grants them.
//!
//! Another desktop becomes the hub in one way only: central, the registry,
//! grants it the next epoch, in the transaction that looks where central
//! itself stands. The old hub hears of it when it speaks next; until then it
//! works on, and nobody takes its word for the clinic's any more.

use crate::body::Id;
use crate::wire::At;

/// The epoch that counts, and whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Grant {
    /// The epoch; 0 while nobody has decided anything.
    pub epoch: u64,
    /// Where it begins and for whom; none for a clinic's first.
    pub taken: Option<Taken>,
}

/// An epoch that was taken over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The installation that decides from there on.
    pub node: Id,
    /// The last entry of the epoch before that still counts.
    pub at: At,
}

impl Grant {
    /// A clinic's first epoch, of whichever desktop founded it.
    pub const FIRST: Self = Self { epoch: 1, taken: None };

    /// Whether an entry of `epoch` at `seq` may stand in the clinic's log:
    /// the epoch was granted, and had not ended by then.
    pub fn covers(&self, epoch: u64, seq: u64) -> bool {
        epoch == self.epoch || (epoch < self.epoch && self.taken.is_none_or(|taken| seq <= taken.at.seq))
    }

    /// Whether what it says may be kept: once an epoch has ended, who decided in it
    /// has no more to say, whatever is on its disk. What the clinic's log holds of
    /// it, the one that was granted the next has.
    pub fn lets_speak(&self, speaker: &Speaker) -> bool {
        speaker.epoch >= self.epoch
    }

    /// Where a hub's word ended, if another decides by now.
    pub fn supersedes(&self, tip: &At) -> Option<At> {
        self.taken.filter(|_| tip.epoch < self.epoch).map(|taken| taken.at)
    }
}

/// Who says what a mirror is about to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Speaker {
    /// Which installation.
    pub node: Id,
    /// The epoch in which it decides, as its hello says. Its log may begin with
    /// entries of earlier ones.
    pub epoch: u64,
}

/// A desktop asks to decide; a person has said that the old one is off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// Which installation.
    pub node: Id,
    /// The epoch it believes is the last one granted.
    pub over: u64,
    /// Its last entry.
    pub at: At,
    /// Central's last entry as this desktop has heard of it, which lies in its chain.
    pub through: Option<At>,
}

/// Why an epoch isn't granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// Somebody else has been granted one since.
    #[error("epoch {0} was granted already")]
    Overtaken(u64),
    /// Central has gone on: the desktop needs what stands there first.
    #[error("central stands at {}", .0.seq)]
    Behind(At),
}

/// Grants the next epoch, or the one that the same desktop was granted before
/// and hasn't heard of; `central` is where the registry itself stands. To be
/// read and written in one transaction.
///
/// # Errors
/// The request is out of date.
pub fn grant(current: Grant, central: Option<At>, request: &Request) -> Result<Grant, Refusal> {
    if current.epoch > request.over {
        let again = current.taken.is_some_and(|taken| taken.node == request.node);
        return if again { Ok(current) } else { Err(Refusal::Overtaken(current.epoch)) };
    }
    match central {
        Some(central) if request.through != Some(central) || request.at.seq < central.seq => {
            Err(Refusal::Behind(central))
        }
        _ => Ok(Grant { epoch: current.epoch + 1, taken: Some(Taken { node: request.node, at: request.at }) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Hash32;

    fn at(epoch: u64, seq: u64) -> At {
        At { epoch, incarnation: Id::from([1; 16]), seq, hash: Hash32::from([seq.to_le_bytes()[0]; 32]) }
    }

    fn node(number: u8) -> Id {
        Id::from([number; 16])
    }

    fn request(over: u64, seq: u64, through: u64) -> Request {
        Request { node: node(2), over, at: at(1, seq), through: Some(at(1, through)) }
    }

    #[test]
    fn who_stands_where_central_does_is_granted_the_next_epoch() {
        let granted = grant(Grant::FIRST, Some(at(1, 7)), &request(1, 9, 7));
        assert_eq!(granted, Ok(Grant { epoch: 2, taken: Some(Taken { node: node(2), at: at(1, 9) }) }));
    }

    #[test]
    fn who_is_behind_is_told_where_central_stands() {
        assert_eq!(grant(Grant::FIRST, Some(at(1, 7)), &request(1, 9, 6)), Err(Refusal::Behind(at(1, 7))));
        assert_eq!(grant(Grant::FIRST, Some(at(1, 7)), &request(1, 6, 7)), Err(Refusal::Behind(at(1, 7))));
    }

    #[test]
    fn asked_twice_it_is_the_same_epoch_and_another_comes_too_late() {
        let granted = grant(Grant::FIRST, None, &request(1, 9, 7)).expect("nobody else asked");
        assert_eq!(grant(granted, Some(at(1, 9)), &request(1, 12, 9)), Ok(granted));
        let other = Request { node: node(3), ..request(1, 9, 9) };
        assert_eq!(grant(granted, Some(at(1, 9)), &other), Err(Refusal::Overtaken(2)));
        assert!(grant(granted, Some(at(1, 9)), &Request { over: 2, ..other }).is_ok());
    }

    #[test]
    fn an_ended_epoch_counts_up_to_where_it_was_taken_over() {
        let granted = grant(Grant::FIRST, None, &request(1, 9, 7)).expect("nobody else asked");
        assert!(granted.covers(1, 9) && !granted.covers(1, 10));
        assert!(granted.covers(2, 10) && !granted.covers(3, 10));
        assert_eq!(granted.supersedes(&at(1, 12)), Some(at(1, 9)));
        assert_eq!(granted.supersedes(&at(2, 12)), None);
        let speaker = |epoch| Speaker { node: node(1), epoch };
        assert!(granted.lets_speak(&speaker(2)) && !granted.lets_speak(&speaker(1)));
    }
}
