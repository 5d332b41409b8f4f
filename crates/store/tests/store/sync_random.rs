//! Whatever happens to a desk, its store and the line to a mirror: once it is
//! over both sides are equal, every wish is answered once, and what was
//! promised stands.

use std::fs;

use chairside_schedule::appointment::{Flags, VisitTime};
use chairside_schedule::{Appointment, Status};
use chairside_store::sync::Settled;
use chairside_store::tx::Overlap;
use chairside_store::{Batch, Opening, Store};
use chairside_sync::Proposal;
use chairside_sync::body::Window;
use chairside_sync::mirror::Input;
use proptest::prelude::*;

use crate::fixture::{Place, book, key, moment, nth, opening, patient, visit};
use crate::sync_fixture::{booking, cancel, conflicts, id, moving, visit_id, window};
use crate::sync_session::{Pair, pair_with_visits};

#[derive(Clone, Debug)]
enum Step {
    /// The desk books, if the place is free.
    Book {
        with: u128,
        slot: u32,
    },
    /// The desk moves what it or a patient booked, or gives it another status.
    Change {
        which: usize,
        with: u128,
        slot: u32,
        status: Option<Status>,
    },
    /// Many rows at once.
    Import,
    Wish {
        with: u128,
        slot: u32,
    },
    Cancel {
        which: usize,
    },
    Move {
        which: usize,
        with: u128,
        slot: u32,
    },
    /// A person answers one that was put before them.
    Settle {
        which: usize,
        accept: bool,
    },
    Cut,
    Connect,
    Lose(u32),
    Double(u32),
    Wake(u32),
    Pass {
        minutes: u64,
    },
    /// The hub ends amid its work; the store stays.
    Die {
        after: u32,
    },
    Restart {
        ask_staff: bool,
    },
    RestartMirror,
    Backup,
    Restore {
        noticed: bool,
    },
    /// A row at the mirror goes bad, is lost or comes from nowhere.
    Rot {
        which: usize,
        how: u8,
    },
}

fn any_step() -> impl Strategy<Value = Step> {
    let place = || (0..2_u128, 0..48_u32);
    let status = prop::option::of(prop::sample::select(vec![Status::Cancelled, Status::Arrived, Status::Noshow]));
    prop_oneof![
        6 => place().prop_map(|(with, slot)| Step::Book { with, slot }),
        4 => (any::<usize>(), place(), status)
            .prop_map(|(which, (with, slot), status)| Step::Change { which, with, slot, status }),
        1 => Just(Step::Import),
        10 => place().prop_map(|(with, slot)| Step::Wish { with, slot }),
        2 => any::<usize>().prop_map(|which| Step::Cancel { which }),
        2 => (any::<usize>(), place()).prop_map(|(which, (with, slot))| Step::Move { which, with, slot }),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(which, accept)| Step::Settle { which, accept }),
        2 => Just(Step::Cut),
        3 => Just(Step::Connect),
        3 => (1..12_u32).prop_map(Step::Lose),
        2 => (1..12_u32).prop_map(Step::Double),
        6 => (1..6_u32).prop_map(Step::Wake),
        1 => (1..300_u64).prop_map(|minutes| Step::Pass { minutes }),
        3 => (0..12_u32).prop_map(|after| Step::Die { after }),
        1 => any::<bool>().prop_map(|ask_staff| Step::Restart { ask_staff }),
        1 => Just(Step::RestartMirror),
        2 => Just(Step::Backup),
        2 => any::<bool>().prop_map(|noticed| Step::Restore { noticed }),
        2 => (any::<usize>(), 0..3_u8).prop_map(|(which, how)| Step::Rot { which, how }),
    ]
}

/// One of the half hours of three days, as the wall shows it.
fn at(slot: u32) -> String {
    let (day, half_hour) = (24 + slot / 16, slot % 16);
    format!("2026-11-{day}T{:02}:{:02}", 8 + half_hour / 2, half_hour % 2 * 30)
}

struct Run {
    pair: Pair,
    /// What patients wished, with the place they think their visit has.
    wishes: Vec<(Proposal, String)>,
    /// Numbers nobody else has had.
    next: u128,
    backups: u128,
    /// The latest backup's mark.
    mark: Option<Vec<u8>>,
    /// Let go last: it waits until the store is closed.
    place: Place,
}

impl Run {
    async fn new() -> Self {
        let (place, pair) = pair_with_visits(3).await;
        Self { place, pair, wishes: Vec::new(), next: 1_000, backups: 0, mark: None }
    }

    fn number(&mut self) -> u128 {
        self.next += 1;
        self.next
    }

    fn backup(&self) -> std::path::PathBuf {
        self.place.folder.with_file_name(format!("backup-{}.db", self.backups))
    }

    fn pick(&self, which: usize) -> Option<(u128, String)> {
        let (wish, at) = self.wishes.get(which.checked_rem(self.wishes.len())?)?;
        let number = u128::from_be_bytes(*wish.appointment) - u128::from_be_bytes(*id(visit_id(0).0.as_u128()));
        Some((number, at.clone()))
    }

    /// Opens the store; what it draws at random is drawn no second time.
    async fn open(&mut self) -> Store {
        let number = self.number();
        let mut drawn = 0_u64;
        let salts = Box::new(move || {
            drawn += 1;
            let mut salt = [0; 32];
            salt[..8].copy_from_slice(&drawn.to_le_bytes());
            salt[8..24].copy_from_slice(&number.to_le_bytes());
            salt
        });
        let opening = Opening { salts, ..opening(0xd000 + number) };
        Store::open(&self.place.folder, &key(), opening).await.expect("opens")
    }

    async fn wish(&mut self, wish: Proposal, at: String) {
        self.wishes.push((wish.clone(), at));
        self.pair.wish(&[wish]).await;
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Book { with, slot } => {
                let number = self.number();
                // Where somebody has the place nothing is written.
                if book(self.pair.store.store(), visit(number, with, &at(slot))).await.is_ok() {
                    self.pair.committed().await;
                }
            }
            Step::Change { which, with, slot, status } => self.change(which, with, slot, status).await,
            Step::Import => self.import().await,
            Step::Wish { with, slot } => {
                let number = self.number();
                self.wish(booking(number, with, &at(slot)), at(slot)).await;
            }
            Step::Cancel { which } => {
                if let Some((first, believed)) = self.pick(which) {
                    let number = self.number();
                    self.wish(cancel(number, first), believed).await;
                }
            }
            Step::Move { which, with, slot } => {
                if let Some((first, believed)) = self.pick(which) {
                    let number = self.number();
                    self.wish(moving(number, first, with, &believed, &at(slot)), at(slot)).await;
                }
            }
            Step::Settle { which, accept } => {
                let pending = self.pair.store.store().asked().await.expect("read");
                if let Some(one) = which.checked_rem(pending.len()).and_then(|which| pending.get(which)) {
                    self.pair.settle(one.wish.id, accept).await;
                }
            }
            Step::Cut => self.pair.cut(),
            Step::Connect => self.pair.connect().await,
            Step::Lose(messages) => self.pair.lose = messages,
            Step::Double(messages) => self.pair.double = messages,
            Step::Wake(times) => {
                for _ in 0..times {
                    self.pair.wake().await;
                }
            }
            Step::Pass { minutes } => self.pair.pass(minutes * 60_000).await,
            Step::Die { after } => self.pair.dies_after = Some(after),
            Step::Restart { ask_staff } => {
                self.pair.store.store().close().await;
                let store = self.open().await;
                self.pair.restart(store, ask_staff).await;
            }
            Step::RestartMirror => self.pair.restart_mirror().await,
            Step::Backup => {
                self.backups += 1;
                self.pair.store.store().backup(&self.backup()).await.expect("a backup");
                self.mark = Some(fs::read(self.place.folder.join("high-water")).expect("the mark"));
            }
            Step::Restore { noticed } => self.restore(noticed).await,
            Step::Rot { which, how } => self.rot(which, how),
        }
    }

    async fn change(&mut self, which: usize, with: u128, slot: u32, status: Option<Status>) {
        let store = self.pair.store.store();
        let mut visits = Vec::new();
        for day in 0..3 {
            visits.extend(store.day(crate::fixture::day_after(day)).await.expect("a day"));
        }
        let Some(before) = which.checked_rem(visits.len()).and_then(|which| visits.get(which).cloned()) else { return };
        let mut after = before.clone();
        after.version += 1;
        match status {
            Some(status) if before.status.may_become(status) => after.status = status,
            Some(_) => return,
            None => {
                after.practitioner = crate::fixture::practitioner(with);
                after.time = VisitTime::new(crate::fixture::at(&at(slot)), before.time.zone, before.time.minutes);
            }
        }
        let done =
            store.write(moment(), async move |tx| tx.update_appointment(&before, &after, Overlap::Refuse).await).await;
        // Refused where somebody has the place.
        if done.is_ok() {
            self.pair.committed().await;
        }
    }

    async fn import(&mut self) {
        let from = self.number();
        self.next += 20;
        let day = u64::try_from(from % 3).expect("small");
        let appointments = (0..20).map(|place| {
            let there = nth(place).time;
            let time = VisitTime::new(there.local + chrono::Days::new(day), there.zone, 30);
            // As an importer marks what lies over others.
            Appointment { time, flags: Flags::CLASHES, ..visit(from + place, 2, &at(0)) }
        });
        let batch = Batch { patients: vec![patient(0)], appointments: appointments.collect(), ..Batch::default() };
        let store = self.pair.store.store();
        store
            .write(moment(), async move |tx| {
                let there = tx.already_there(&batch).await?;
                tx.bring(batch, &there, |_| {}).await
            })
            .await
            .expect("brought");
        let Window { from, .. } = window();
        self.pair.committed_many(Some(Window { from, to: from + 4 })).await;
    }

    async fn restore(&mut self, noticed: bool) {
        let Some(mark) = self.mark.clone() else { return };
        self.pair.store.store().close().await;
        chairside_store::copy::restore(&self.place.folder, &key(), &self.backup(), true).await.expect("restored");
        if !noticed {
            fs::write(self.place.folder.join("high-water"), mark).expect("as it was then");
        }
        let store = self.open().await;
        self.pair.restart(store, false).await;
    }

    fn rot(&mut self, which: usize, how: u8) {
        // One from before would be equal still, and nobody looks at it for long.
        self.pair.theirs.forget_snapshots();
        let visits = &mut self.pair.theirs.rows.visits;
        let Some(which) = which.checked_rem(visits.len()) else { return };
        let row = visits.values().nth(which).cloned().expect("one of them");
        match how {
            0 => visits.get_mut(&row.id).expect("there").status = "booked".to_owned(),
            1 => drop(visits.remove(&row.id)),
            _ => {
                self.next += 1;
                let stray = id(0x57_0000 + self.next);
                visits.insert(stray, chairside_sync::body::AppointmentRow { id: stray, ..row });
            }
        }
    }

    /// Nothing goes wrong any more.
    async fn calm_down(&mut self) {
        (self.pair.lose, self.pair.double, self.pair.dies_after) = (0, 0, None);
        self.pair.cut();
        self.pair.connect().await;
        for _ in 0..6 {
            self.pair.live().await;
            self.pair.mirror.handle(self.pair.now, Input::Nudge);
            self.pair.talk().await;
            for one in self.pair.store.store().asked().await.expect("read") {
                if self.pair.settle(one.wish.id, true).await == Settled::Taken {
                    self.pair.settle(one.wish.id, false).await;
                }
            }
            for _ in 0..20 {
                self.pair.wake().await;
            }
        }
        self.pair.live().await;
    }
}

async fn run(steps: Vec<Step>) {
    let mut run = Run::new().await;
    for step in steps {
        run.step(step).await;
    }
    run.calm_down().await;
    for (wish, _) in &run.wishes {
        let told = run.pair.accepted(wish);
        assert!(told.is_some(), "never answered: {wish:?}");
        let last_word = run.pair.theirs.last_word.get(&wish.id.0).copied();
        assert_eq!(last_word, told, "told otherwise than the desk has it: {wish:?}");
    }
    let store = run.pair.store.store().clone();
    let conflicts = conflicts(run.pair.store.store()).await;
    for (wish, _) in run.wishes.iter().filter(|(wish, _)| matches!(wish.wish, chairside_sync::Wish::Book(_))) {
        let visit = store.appointment(uuid::Uuid::from_bytes(*wish.appointment).into()).await.expect("read");
        let told = conflicts.iter().any(|conflict| conflict.appointment == wish.appointment);
        assert!(run.pair.accepted(wish) != Some(true) || visit.is_some() || told, "promised and gone: {wish:?}");
    }
    run.pair.assert_equal().await;
    store.close().await;
}

/// More of them: `PROPTEST_CASES=500`.
fn cases() -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 24 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_both_sides_agree_in_the_end(steps in prop::collection::vec(any_step(), 20..60)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(run(steps));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_stands_where_a_person_at_a_restored_desk_answered_otherwise_before_it_heard() {
    for noticed in [true, false] {
        run(vec![
            Step::Restart { ask_staff: true },
            Step::Wish { with: 1, slot: 3 },
            Step::Wake(3),
            Step::Backup,
            Step::Settle { which: 0, accept: false },
            Step::Cut,
            // So many that it is asked before it hears anything.
            Step::Lose(60),
            Step::Restore { noticed },
            Step::Settle { which: 0, accept: true },
        ])
        .await;
    }
}
