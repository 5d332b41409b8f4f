//! Stretches in which only beats are due are passed over in one step. Beats
//! leave no trace, so a run is the same without them; one in a hundred is run
//! with every beat as well, and held against that.

use chairside_sync::hub::{self, Hub, LinkId};
use chairside_sync::mirror::Mirror;

use crate::companion::COMPANION;
use crate::world::{BEAT_TAKES_MS, CENTRAL, Desk, Worker, World};

impl World {
    /// Passes over the beats of those who have nothing else to say to each
    /// other, until just before `due` or until somebody wakes for something
    /// else; `false` where that isn't far enough to be worth it.
    pub fn pass_beats(&mut self, due: u64) -> bool {
        if due <= self.now_ms + hub::BEAT_MS {
            return false;
        }
        let (central, companion) = (self.central_is_quiet(), self.companion_is_quiet());
        if !central && !companion {
            return false;
        }
        let next = self.wake_for_more_than_beats(central, companion).map_or(due, |wake| wake.min(due));
        if next <= self.now_ms + hub::BEAT_MS {
            return false;
        }
        let until = next - BEAT_TAKES_MS - 1;
        self.now_ms = until;
        if central {
            let mirrors = self.workers.iter_mut().filter_map(|worker| worker.mirror.as_mut());
            pass(self.desk.hub.as_mut(), CENTRAL, mirrors, until);
        }
        if companion {
            let mirror = self.companion.as_mut().and_then(|companion| companion.mirror.as_mut());
            pass(self.desk.hub.as_mut(), COMPANION, mirror, until);
        }
        true
    }

    /// When the first of those wakes who are not only exchanging beats.
    fn wake_for_more_than_beats(&self, central: bool, companion: bool) -> Option<u64> {
        let hub = |id: LinkId| self.desk.hub.as_ref().and_then(|hub| hub.wake_at_of(id));
        let beside = || self.companion.as_ref().and_then(|companion| companion.mirror.as_ref()?.wake_at());
        let old = self.old.as_ref().and_then(|old| old.hub.as_ref()?.wake_at());
        let reached = (!central).then(|| hub(CENTRAL).into_iter().chain(self.mirrors_wake_at()).min()).flatten();
        let inside = (!companion).then(|| hub(COMPANION).into_iter().chain(beside()).min()).flatten();
        reached.into_iter().chain(inside).chain(old).chain(self.limit_at()).min()
    }

    /// Desk and central have nothing but beats to exchange, and these arrive.
    fn central_is_quiet(&self) -> bool {
        let owner = self.workers.iter().find(|worker| worker.token == self.centre.token);
        let quiet = |worker: &Worker| worker.mirror.as_ref().is_some_and(Mirror::is_quiet);
        let line = &self.line;
        !(line.to_hub_cut || line.to_mirror_cut || line.clogged)
            && self.desk.hub.as_ref().is_some_and(|hub| hub.is_quiet(CENTRAL))
            && self.old_is_elsewhere()
            && owner.is_some_and(|worker| worker.paused_until_ms <= self.now_ms && quiet(worker))
            && self.workers.iter().all(|worker| worker.mirror.is_none() || worker.token == self.centre.token)
            && self.clocks_are_known()
            && self
                .workers
                .iter()
                .filter_map(|worker| worker.mirror.as_ref())
                .all(|mirror| self.is_with(CENTRAL, mirror))
    }

    /// A desk from which another took over takes no beat of this session for
    /// its own, and what it has to say itself it wakes for.
    fn old_is_elsewhere(&self) -> bool {
        let session = |desk: &Desk| desk.hub.as_ref()?.session_number(CENTRAL);
        self.old.as_ref().is_none_or(|old| old.hub.is_none() || session(old) != session(&self.desk))
    }

    /// The two desktops of the clinic have nothing but beats to exchange.
    fn companion_is_quiet(&self) -> bool {
        let companion = self.companion.as_ref().filter(|companion| companion.connected);
        let mirror = companion.and_then(|companion| companion.mirror.as_ref());
        // They have one clock; where they think otherwise, the next beat puts it right.
        mirror.is_some_and(|mirror| mirror.is_quiet() && !mirror.clocks_apart() && self.is_with(COMPANION, mirror))
            && self.desk.hub.as_ref().is_some_and(|hub| hub.is_quiet(COMPANION) && !hub.clocks_apart(COMPANION))
    }

    /// Both sides are in the same session, so that their beats are heard.
    fn is_with(&self, link: LinkId, mirror: &Mirror) -> bool {
        self.desk.hub.as_ref().is_some_and(|hub| hub.session(link) == mirror.session())
    }

    /// Both sides know how their clocks stand to each other.
    fn clocks_are_known(&self) -> bool {
        let apart = (self.desk.clock_off_ms - self.centre_clock_off_ms).unsigned_abs() > hub::CLOCKS_APART_MS;
        let mut mirrors = self.workers.iter().filter_map(|worker| worker.mirror.as_ref());
        self.desk.hub.as_ref().is_some_and(|hub| hub.clocks_apart(CENTRAL) == apart)
            && mirrors.all(|mirror| mirror.clocks_apart() == apart)
    }
}

/// As if both had said and heard their beats until then.
fn pass<'a>(hub: Option<&mut Hub>, link: LinkId, mirrors: impl IntoIterator<Item = &'a mut Mirror>, until: u64) {
    let Some(hub) = hub else { return };
    let Some(said) = hub.pass_beats(link, until) else { return };
    for mirror in mirrors {
        if let Some(answered) = mirror.pass_beats(until) {
            mirror.heard_beat(said + BEAT_TAKES_MS);
            hub.heard_beat(link, answered + BEAT_TAKES_MS);
        }
    }
}
