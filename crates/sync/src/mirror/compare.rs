//! Comparing: what is held here against what the hub's mark says, until all
//! days that can be are equal.

use super::ask::Purpose;
use super::{Ask, Event, Mirror, Told};
use crate::body::{Day, Window};
use crate::days::DaySet;
use crate::digest::{DayRows, Digests};
use crate::hub::AGAIN_MS;
use crate::now::Now;
use crate::wire::{Differs, Equal, Message, Root, Rows, Unreadable, Verified};

/// A comparison at a mark.
#[derive(Debug, Default)]
pub(super) struct Compare {
    /// The last mark that was applied in this session, and its days.
    pub(super) mark: Option<(u64, Window)>,
    /// What the mirror holds there.
    pub(super) mine: Option<Digests>,
    /// What the hub says it holds.
    pub(super) root: Option<Root>,
    /// Days that still differ.
    pub(super) unequal: DaySet,
    /// Days that many rows were written to since the mark: what was agreed on
    /// there says nothing of them.
    pub(super) shut: Vec<Window>,
    pub(super) settings_differ: bool,
    /// What has been said: the answer to the root, to be said again.
    pub(super) said: Option<Message>,
    pub(super) said_ms: u64,
    /// Since when nothing has led on.
    pub(super) idle_since_ms: Option<u64>,
    /// The parts of what is being sent.
    pub(super) parts: Vec<Option<Rows>>,
    pub(super) verified: bool,
}

impl Mirror {
    pub(super) fn digested(&mut self, now: Now, told: Told) {
        let Some((_, mark)) = self.digesting.take() else { return };
        if self.compare.mark.is_none_or(|(at, _)| at != mark) {
            return;
        }
        match told {
            Told::Digested(Some(digests)) => {
                self.compare.mine = Some(digests);
                self.compare_now(now);
            }
            // Too late: the hub makes another mark.
            _ => self.want_comparison(now),
        }
    }

    /// Asks for another comparison; every root that doesn't fit is a reason, so
    /// now and then is enough.
    pub(super) fn want_comparison(&mut self, now: Now) {
        let Some(session) = &mut self.session else { return };
        if session.compare_again_ms.is_none_or(|asked_ms| now.steady_ms >= asked_ms + AGAIN_MS) {
            session.compare_again_ms = Some(now.steady_ms);
            self.send(Message::CompareAgain);
        }
    }

    pub(super) fn compare_now(&mut self, now: Now) {
        let (Some((mark, window)), Some(mine), Some(root)) = (self.compare.mark, &self.compare.mine, self.compare.root)
        else {
            // A root for a mark of before: compared at the session's first words, it is heard of again.
            return self.mark_again(now);
        };
        if root.mark != mark || root.window != window {
            return self.mark_again(now);
        }
        if mine.root(window) == root.root {
            self.compare.unequal.clear();
            self.compare.settings_differ = false;
            return self.say_equal(now, None);
        }
        if self.compare.unequal.is_empty() {
            // Until the hub has said which: none is.
            self.compare.unequal = window.days().collect();
        }
        let differs = Differs { mark, digests: mine.clone() };
        self.say_until_answered(now, Message::Differs(differs));
    }

    /// The hub compares at a mark that was applied in an earlier session, or
    /// before this process began: its snapshot is gone, but as long as it is
    /// the last entry the rows themselves are as good.
    pub(super) fn mark_again(&mut self, now: Now) {
        let Some(root) = self.compare.root else { return };
        let last = self.at.is_some_and(|at| at.seq == root.mark);
        if last && self.digesting.is_none() && self.compare.mark.is_none_or(|(mark, _)| mark != root.mark) {
            self.compare.mark = Some((root.mark, root.window));
            let id = self.ask(Ask::Digest(root.mark, root.window));
            self.digesting = Some((id, root.mark));
        } else if self.at.is_some_and(|at| at.seq > root.mark)
            && self.digesting.is_none()
            && self.compare.mark.is_none_or(|(mark, _)| mark < root.mark)
        {
            self.want_comparison(now);
        }
    }

    pub(super) fn say_equal(&mut self, now: Now, replaced: Option<Day>) {
        let (Some((mark, window)), Some(mine)) = (self.compare.mark, &self.compare.mine) else { return };
        let unequal = if self.compare.settings_differ {
            window.days().collect()
        } else {
            self.compare.unequal.iter().copied().collect()
        };
        let equal = Equal { mark, root: mine.root(window), unequal, replaced };
        self.say_until_answered(now, Message::Equal(equal));
    }

    fn say_until_answered(&mut self, now: Now, message: Message) {
        // Said again, it is no second try.
        self.compare.said = Some(match &message {
            Message::Equal(equal) => Message::Equal(Equal { replaced: None, ..equal.clone() }),
            other => other.clone(),
        });
        self.compare.said_ms = now.steady_ms;
        self.send(message);
    }

    pub(super) fn rows(&mut self, rows: Rows) {
        if self.compare.mark.is_none_or(|(mark, _)| mark != rows.mark) || self.compare.mine.is_none() {
            return;
        }
        let (part, parts) = (rows.part as usize, rows.parts as usize);
        // No day has more parts than this; a message that says so is nonsense.
        if parts == 0 || parts > MOST_PARTS || part >= parts {
            return self.event(Event::Refused(Unreadable::Malformed));
        }
        let same = self.compare.parts.iter().flatten().next();
        let same =
            same.is_some_and(|other| other.day == rows.day && other.parts == rows.parts && other.digest == rows.digest);
        if !same || self.compare.parts.len() != parts {
            self.compare.parts = vec![None; parts];
        }
        if let Some(unequal) = &rows.differing {
            self.compare.unequal = unequal.iter().copied().collect();
            // What turned out to differ is not verified any more.
            self.open.retain(|day| !unequal.contains(day));
            self.compare.settings_differ = rows.settings_differ;
        }
        if let Some(place) = self.compare.parts.get_mut(part) {
            *place = Some(rows);
        }
        let Some((day_rows, first)) = self.whole_day() else { return };
        let ask = Ask::Replace {
            mark: first.mark,
            day: first.day,
            rows: day_rows,
            settings: first.settings,
            last: first.last,
        };
        self.ask_for(Purpose::Replace { day: first.day, digest: first.digest }, ask);
    }

    /// The rows of a day that came in parts, once all are there.
    fn whole_day(&mut self) -> Option<(DayRows, Rows)> {
        if self.compare.parts.iter().any(Option::is_none) {
            return None;
        }
        let mut parts = std::mem::take(&mut self.compare.parts).into_iter().flatten();
        let first = parts.next()?;
        let mut rows = first.rows.clone();
        for part in parts {
            rows.appointments.extend(part.rows.appointments);
            rows.blockouts.extend(part.rows.blockouts);
        }
        Some((rows, first))
    }

    pub(super) fn verified(&mut self, verified: Verified) {
        let Some((mark, window)) = self.compare.mark else { return };
        if verified.mark != mark || verified.window != window || self.session.as_ref().is_none_or(|s| s.apart) {
            return;
        }
        let agreed =
            |day: &Day| !verified.except.contains(day) && !self.compare.shut.iter().any(|shut| shut.contains(*day));
        // What was agreed on at this mark stays so, in whichever order it is heard.
        let fresh: Vec<Day> = window.days().filter(agreed).filter(|day| !self.open.contains(day)).collect();
        self.open.extend(&fresh);
        for day in &verified.disputed {
            self.open.remove(day);
        }
        self.disputed.extend(&verified.disputed);
        self.disputed.retain(|day| !self.open.contains(day));
        // Disputed at this mark: an earlier dispute ends no comparison.
        if verified.except.iter().all(|day| verified.disputed.contains(day)) {
            self.compare.verified = true;
            self.compare.said = None;
            if !self.disputed.is_empty() {
                self.event(Event::Disputed(verified.disputed));
            }
        }
        if !fresh.is_empty() {
            self.event(Event::Opened(fresh));
        }
        self.nudged = true;
    }
}

/// A day of a thousand visits has seven parts; one of nonsense has more than this.
const MOST_PARTS: usize = 200;

impl Digests {
    pub(super) fn put(&mut self, day: crate::body::Day, digest: crate::body::Hash32) {
        if digest == crate::digest::of_day(&crate::digest::DayRows::default()) {
            self.days.remove(&day);
        } else {
            self.days.insert(day, digest);
        }
    }
}
