//! Comparing with a mirror: a mark, digests, and what differs sent again.

use std::collections::{BTreeMap, VecDeque};

use super::ask::Purpose;
use super::{AGAIN_MS, Ask, Event, Hub, LinkId, Output};
use crate::body::{Day, Hash32, SettingsRow, Window};
use crate::days::DaySet;
use crate::digest::{DayRows, Digests};
use crate::now::Now;
use crate::wire::{Begin, Differs, Equal, Message, Root, Rows, Verified, in_parts};

/// How often a day is sent again before it is disputed.
pub const RESENDS: u32 = 3;

/// How far a comparison is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Compare {
    /// One is to be made.
    Wanted,
    /// A mark is being committed, or its digests computed.
    Marking,
    /// The mirror has been told the root.
    Offered(Box<Offer>),
    /// Nothing is left to compare.
    Done,
}

/// A mark and what is known of both sides there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Offer {
    mark: u64,
    window: Window,
    digests: Digests,
    /// Of all of them.
    root: Hash32,
    /// What is to be sent, today first; `None` is the settings.
    queue: VecDeque<Option<Day>>,
    /// What is being read or was sent and not answered yet.
    sending: Option<Option<Day>>,
    /// How often a day was put in place and still differed.
    tries: BTreeMap<Day, u32>,
    disputed: DaySet,
    /// Every day that differs, to be said with the first that is sent.
    differing: Option<Vec<Day>>,
    settings_differ: bool,
    since_ms: u64,
}

impl Compare {
    /// When what got no answer is said again.
    pub(super) fn wake_at(&self) -> Option<u64> {
        match self {
            Self::Offered(offer) => Some(offer.since_ms + AGAIN_MS),
            Self::Wanted | Self::Marking | Self::Done => None,
        }
    }
}

impl Hub {
    pub(super) fn go_on_comparing(&mut self, now: Now, id: LinkId) {
        let born_at = self.born.map_or(0, |born| born.seq);
        let window = self.window;
        let Some(link) = self.links.get_mut(&id) else { return };
        let may = link.may_compare(born_at) && self.marking.is_none();
        match &mut link.compare {
            Compare::Wanted if may => {
                link.compare = Compare::Marking;
                self.marking = Some(id);
                self.ask(Purpose::Mark(id, window), Ask::Mark(window));
            }
            Compare::Offered(offer) if now.steady_ms >= offer.since_ms + AGAIN_MS => {
                offer.since_ms = now.steady_ms;
                let root = Root { mark: offer.mark, window: offer.window, root: offer.root };
                offer.sending = None;
                self.send(id, Message::Root(root));
            }
            _ => {}
        }
    }

    /// A mark was made; a mirror that waits for one begins there.
    pub(super) fn marked(&mut self, id: LinkId, mark: u64, begin: Begin) {
        let window = begin.window;
        if let Some(link) = self.links.get_mut(&id).filter(|link| link.from_mark) {
            link.from_mark = false;
            link.wants_verdicts = true;
            link.acked = mark;
            link.sent = mark;
            let apart = link.apart;
            self.send(id, Message::Begin(begin));
            if apart {
                self.marking = None;
                return self.want_compare_on(id);
            }
        }
        self.ask(Purpose::Digest(id, mark, window), Ask::Digest(mark, window));
    }

    fn want_compare_on(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.want_compare();
        }
    }

    pub(super) fn digested(&mut self, now: Now, id: LinkId, mark: u64, window: Window, digests: Option<Digests>) {
        self.marking = None;
        let Some(link) = self.links.get_mut(&id) else { return };
        if link.compare != Compare::Marking {
            return;
        }
        let Some(digests) = digests else { return link.want_compare() };
        let root = Root { mark, window, root: digests.root(window) };
        link.compare = Compare::Offered(Box::new(Offer {
            mark,
            window,
            digests,
            root: root.root,
            queue: VecDeque::new(),
            sending: None,
            tries: BTreeMap::new(),
            disputed: DaySet::new(),
            differing: None,
            settings_differ: false,
            since_ms: now.steady_ms,
        }));
        self.send(id, Message::Root(root));
    }

    pub(super) fn differs(&mut self, now: Now, id: LinkId, differs: &Differs) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Compare::Offered(offer) = &mut link.compare else { return };
        if offer.mark != differs.mark {
            return;
        }
        offer.since_ms = now.steady_ms;
        let days = offer.digests.differing(&differs.digests, offer.window);
        days.iter().for_each(|day| {
            link.open.remove(day);
        });
        if offer.sending.is_some() {
            return;
        }
        offer.settings_differ = offer.digests.settings != differs.digests.settings;
        offer.differing = Some(days.clone());
        let settings = offer.settings_differ.then_some(None);
        offer.queue = settings.into_iter().chain(days.into_iter().map(Some)).collect();
        offer.queue.retain(|what| what.is_none_or(|day| !offer.disputed.contains(&day)));
        self.send_next(id);
    }

    fn send_next(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Compare::Offered(offer) = &mut link.compare else { return };
        offer.sending = offer.queue.pop_front();
        let mark = offer.mark;
        if let Some(what) = offer.sending {
            self.ask(Purpose::Day(id, mark, what), Ask::Day(mark, what));
        }
    }

    pub(super) fn day_read(
        &mut self,
        now: Now,
        id: LinkId,
        mark: u64,
        day: Option<Day>,
        rows: Option<Box<(DayRows, Option<SettingsRow>)>>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Compare::Offered(offer) = &mut link.compare else { return };
        if offer.mark != mark {
            return;
        }
        // A snapshot lives a minute; what wasn't read by then gets a new mark.
        let Some(rows) = rows else { return link.want_compare() };
        offer.since_ms = now.steady_ms;
        let (rows, settings) = *rows;
        let digest = match day {
            None => offer.digests.settings,
            Some(day) => offer.digests.of_day(day),
        };
        let last = offer.queue.is_empty();
        let differing = offer.differing.take();
        let settings_differ = offer.settings_differ;
        let parts = in_parts(rows);
        let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        for (part, rows) in (0..).zip(parts) {
            self.send(
                id,
                Message::Rows(Box::new(Rows {
                    mark,
                    day,
                    part,
                    parts: count,
                    rows,
                    settings: settings.clone(),
                    digest,
                    last,
                    differing: differing.clone(),
                    settings_differ,
                })),
            );
        }
    }

    pub(super) fn equal(&mut self, now: Now, id: LinkId, equal: &Equal) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Compare::Offered(offer) = &mut link.compare else {
            // The answer got lost on its way; it is given again.
            return self.verify_again(id, equal.mark);
        };
        if offer.mark != equal.mark {
            return;
        }
        offer.since_ms = now.steady_ms;
        let unequal = equal.unequal.iter().copied().filter(|day| offer.window.contains(*day));
        let all = offer.root == equal.root;
        let unequal: DaySet = if all { DaySet::new() } else { unequal.collect() };
        if !all && unequal.is_empty() {
            // It says so, and its root says otherwise.
            return link.want_compare();
        }
        if let Some(day) = equal.replaced.filter(|day| unequal.contains(day)) {
            let tries = offer.tries.entry(day).or_insert(0);
            *tries += 1;
            if *tries >= RESENDS && offer.disputed.insert(day) {
                self.out.push_back(Output::Event(id, Event::Disputed(day)));
            }
        }
        let (window, disputed) = (offer.window, offer.disputed.clone());
        let opened: Vec<Day> = window.days().filter(|day| !unequal.contains(day)).collect();
        offer.sending = None;
        let done = all || unequal.iter().all(|day| disputed.contains(day));
        if !done && offer.queue.is_empty() {
            // Lost on its way, or not put right by what was sent.
            let everything = unequal.len() == window.days().count();
            offer.queue.extend(everything.then_some(None));
            offer.queue.extend(unequal.difference(&disputed).map(|day| Some(*day)));
        }
        let fresh: Vec<Day> = opened.into_iter().filter(|day| link.open.insert(*day)).collect();
        link.open.retain(|day| window.contains(*day) && !unequal.contains(day));
        link.disputed = if done { unequal.intersection(&disputed).copied().collect() } else { DaySet::new() };
        let verified = Verified {
            mark: equal.mark,
            window,
            except: unequal.into_iter().collect(),
            disputed: link.disputed.iter().copied().collect(),
        };
        if done {
            link.verified = Some(verified.clone());
            link.compare = Compare::Done;
        }
        self.undecided = true;
        if !fresh.is_empty() {
            self.event(id, Event::Opened(fresh));
        }
        self.send(id, Message::Verified(verified));
        if !done {
            return self.send_next(id);
        }
        if self.links.get_mut(&id).is_some_and(|link| std::mem::take(&mut link.wants_verdicts)) {
            self.ask_verdicts(id, equal.mark, 0);
        }
    }

    fn verify_again(&mut self, id: LinkId, mark: u64) {
        let verified = self.links.get(&id).and_then(|link| link.verified.clone());
        if let Some(verified) = verified.filter(|verified| verified.mark == mark) {
            self.send(id, Message::Verified(verified));
        }
    }
}
