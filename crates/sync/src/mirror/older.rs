//! Verdicts from before the mark a mirror began at.
//!
//! The hub tells them as soon as the first comparison is through, page by page; a
//! page that was lost on its way is asked for again from where it began.

use super::ask::Purpose;
use super::{Ask, Mirror};
use crate::hub::AGAIN_MS;
use crate::mutant::{self, Mutant};
use crate::now::Now;
use crate::wire::{Message, Verdicts};

/// What a mirror still lacks of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Older {
    /// Where the next ones begin, as the hub counts.
    from: u64,
    /// Since when they have been waited for.
    since_ms: Option<u64>,
}

impl Mirror {
    /// Takes a page, if it is the next one.
    pub(super) fn take_older(&mut self, page: Verdicts) {
        let (Some(older), Some(session)) = (self.older, &self.session) else { return };
        if page.from.is_some_and(|from| from != older.from) {
            return;
        }
        // A hub that doesn't number them sends each once.
        let next = page.next.or((!page.last).then_some(older.from));
        let ask = Ask::OlderVerdicts { verdicts: page.verdicts, epoch: session.epoch, last: next.is_none() };
        self.ask_for(Purpose::Older(next), ask);
    }

    pub(super) fn older_kept(&mut self, next: Option<u64>) {
        self.older = next.map(|from| Older { from, since_ms: None });
    }

    /// Asks again for what hasn't come.
    pub(super) fn keep_older(&mut self, now: Now) {
        let verified = self.compare.verified;
        let Some(older) = &mut self.older else { return };
        if !verified {
            // The hub tells them once it has verified.
            older.since_ms = None;
            return;
        }
        let since_ms = *older.since_ms.get_or_insert(now.steady_ms);
        if now.steady_ms >= since_ms + AGAIN_MS {
            older.since_ms = Some(now.steady_ms);
            let from = older.from;
            if !mutant::on(Mutant::LoseOlderVerdicts) {
                self.send(Message::VerdictsFrom(from));
            }
        }
    }

    /// When they are asked for again.
    pub(super) fn older_wakes_at(&self) -> Option<u64> {
        Some(self.older?.since_ms? + AGAIN_MS)
    }
}
