//! When the line leaves the machine to whoever works at the desk.

use std::time::Duration;

use tokio::time::Instant;

/// While somebody works at the desk, what central lacks is told this far apart: each
/// part keeps the disk and the processors busy on both sides for some milliseconds,
/// and whoever books between two of them notices nothing. 10,000 changes take a few
/// seconds then, instead of less than one.
const BETWEEN: Duration = Duration::from_millis(100);

/// Somebody works at the desk for so long after every commit.
const AT_WORK: Duration = Duration::from_millis(500);

/// A part with fewer entries is no work: what staff do while central is in step has few.
const MANY: usize = 32;

/// What is known of the desk's work and the line's own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Courtesy {
    committed: Option<Instant>,
    told_many: Option<Instant>,
}

impl Courtesy {
    /// The desk committed something.
    pub fn committed(&mut self, now: Instant) {
        self.committed = Some(now);
    }

    /// So many entries were read for central.
    pub fn told(&mut self, entries: usize, now: Instant) {
        if entries >= MANY {
            self.told_many = Some(now);
        }
    }

    /// Until when the next part for central waits, if it has to.
    pub fn rest_until(&self, now: Instant) -> Option<Instant> {
        let at_work = self.committed.is_some_and(|at| now.duration_since(at) < AT_WORK);
        self.told_many.map(|at| at + BETWEEN).filter(|until| at_work && *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(began: Instant, millis: u64) -> Instant {
        began + Duration::from_millis(millis)
    }

    #[test]
    fn parts_keep_apart_while_somebody_works_and_at_no_other_time() {
        let began = Instant::now();
        let mut courtesy = Courtesy::default();
        courtesy.told(300, began);
        assert_eq!(courtesy.rest_until(after(began, 1)), None, "nobody is there");
        courtesy.committed(began);
        assert_eq!(courtesy.rest_until(after(began, 1)), Some(began + BETWEEN));
        assert_eq!(courtesy.rest_until(began + BETWEEN), None, "however much is booked, it goes on");
        courtesy.told(300, after(began, 450));
        assert_eq!(courtesy.rest_until(after(began, 499)), Some(after(began, 450) + BETWEEN));
        assert_eq!(courtesy.rest_until(after(began, 500)), None, "they have left");
    }

    #[test]
    fn what_staff_do_now_is_told_without_rest() {
        let began = Instant::now();
        let mut courtesy = Courtesy::default();
        courtesy.committed(began);
        courtesy.told(MANY - 1, began);
        assert_eq!(courtesy.rest_until(after(began, 1)), None);
    }
}
