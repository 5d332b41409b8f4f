//! What came in online while nobody looked: counts for a system notification,
//! which stands where anybody may read it, so that no name is among them.

use chairside_store::Record;
use chairside_store::sync::inside;
use chairside_sync::{Author, Public, Wish};

use crate::desk::Desk;
use crate::messages::Messages;
use crate::problem::Problem;

/// How many entries are read at once.
const AT_ONCE: u32 = 500;

/// What came in online.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Arrivals {
    /// Put before staff.
    pub waiting: u32,
    /// New visits, confirmed by the clinic's rule.
    pub confirmed: u32,
    /// Visits that patients moved.
    pub moved: u32,
    /// Visits that patients called off.
    pub cancelled: u32,
}

impl Desk {
    /// What came in online after the log's entry `after`, and where the log
    /// ends now. An answer by somebody at the desk is no news to them.
    ///
    /// # Errors
    /// The store's.
    pub async fn arrivals(&self, after: u64) -> Result<(Arrivals, u64), Problem> {
        let (mut arrivals, mut after) = (Arrivals::default(), after);
        loop {
            let records = self.store().log_after(after, AT_ONCE).await?;
            let Some(last) = records.last() else { return Ok((arrivals, after)) };
            after = last.entry.header.seq;
            for record in &records {
                arrivals.count(record);
            }
        }
    }
}

impl Arrivals {
    fn count(&mut self, record: &Record) {
        // What this version can't read it can't announce either.
        let Ok(public) = Public::from_bytes(&record.entry.public) else { return };
        match public {
            Public::Pending(_) => self.waiting += 1,
            Public::Verdict(row) => {
                let by_rule = matches!(record.entry.header.by, Author::Node(_));
                // A cancel of what never was a visit changes nothing here.
                if !by_rule || !row.accepted || row.again || row.appointment.is_none() {
                    return;
                }
                match inside(record).2.map(|wish| wish.wish) {
                    Some(Wish::Book(_)) => self.confirmed += 1,
                    Some(Wish::Move(_)) => self.moved += 1,
                    Some(Wish::Cancel) => self.cancelled += 1,
                    // A colleague's edit at another desk is no patient's wish.
                    Some(Wish::Edit(_)) | None => {}
                }
            }
            _ => {}
        }
    }

    /// Whether there is nothing to tell.
    pub const fn is_empty(&self) -> bool {
        let Self { waiting, confirmed, moved, cancelled } = *self;
        waiting == 0 && confirmed == 0 && moved == 0 && cancelled == 0
    }

    /// What is told, a sentence for each kind, what somebody has to answer
    /// first; empty where there is nothing.
    pub fn words(&self, messages: &Messages) -> String {
        let Self { waiting, confirmed, moved, cancelled } = *self;
        let told = [
            ("notice-waiting", waiting),
            ("notice-confirmed", confirmed),
            ("notice-moved", moved),
            ("notice-cancelled", cancelled),
        ];
        let sentence =
            |(id, count): (&str, u32)| messages.format(id, &[("count".to_owned(), count.to_string())].into());
        told.into_iter().filter(|(_, count)| *count > 0).map(sentence).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    #[test]
    fn several_kinds_are_told_at_once_and_nobody_is_named() {
        let english = Messages::new(Language::En);
        assert_eq!(Arrivals::default().words(&english), "");
        let several = Arrivals { waiting: 0, confirmed: 2, moved: 0, cancelled: 1 };
        assert_eq!(
            several.words(&english),
            "2 new online bookings were confirmed. A patient called a visit off online."
        );
        let all = Arrivals { waiting: 1, confirmed: 1, moved: 3, cancelled: 2 };
        assert!(all.words(&english).starts_with("A new online booking waits for an answer."), "that first");
        assert!(all.words(&Messages::new(Language::Sv)).contains("3 besök flyttades på nätet."));
    }
}
