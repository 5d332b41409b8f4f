//! What a patient hears, whatever the booking, the workers and the mail server do.

use chairside_sync::mails::{BookingId, Outcome, Plan, RETRY_MAX_MS, Row, Standing, State, TRIES, may_leave, plan};
use chairside_sync::{Hash, Now};
use proptest::prelude::*;
use uuid::Uuid;

const BOOKING: BookingId = BookingId(Uuid::from_u128(1));

fn at(wall_ms: i64) -> Now {
    Now { steady_ms: 0, wall_ms }
}

fn state(sequence: u64, outcome: Outcome, gist: u8) -> State {
    State { sequence, outcome, gist: Hash([gist; 32]), replaying: false }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Change {
        outcome: usize,
        gist: u8,
        by_clinic: bool,
    },
    Replay(bool),
    /// A worker at work; how its try ends.
    Work(Try),
    Later(i64),
}

#[derive(Clone, Copy, Debug)]
enum Try {
    Sent,
    /// Dies before it left, or the mail server won't have it.
    Lost,
    /// Dies after it left.
    SentUnnoticed,
}

fn any_step() -> impl Strategy<Value = Step> {
    let any_try = prop_oneof![Just(Try::Sent), Just(Try::Lost), Just(Try::SentUnnoticed)];
    prop_oneof![
        2 => (0..4usize, 0..2u8, any::<bool>())
            .prop_map(|(outcome, gist, by_clinic)| Step::Change { outcome, gist, by_clinic }),
        1 => any::<bool>().prop_map(Step::Replay),
        3 => any_try.prop_map(Step::Work),
        2 => prop_oneof![Just(1_000), Just(30_000), Just(60_000), Just(400_000)].prop_map(Step::Later),
    ]
}

struct World {
    state: State,
    rows: Vec<Row>,
    inbox: Vec<State>,
    wall_ms: i64,
}

impl World {
    fn work(&mut self, how: Try) -> bool {
        let now = at(self.wall_ms);
        let plans = plan(&self.rows, &self.state, now);
        for (key, plan) in &plans {
            let row = self.rows.iter_mut().find(|row| row.key == *key).expect("a row that was planned");
            match plan {
                Plan::Send => {
                    assert!(!row.by_clinic || now.wall_ms - row.written_ms >= 60_000, "too soon to undo");
                    row.begin(now);
                    assert!(may_leave(row, &self.state));
                    if !matches!(how, Try::Lost) {
                        assert!(!self.state.replaying);
                        self.inbox.push(State { gist: row.gist, outcome: key.outcome, ..self.state });
                        assert_eq!(self.inbox.last(), Some(&self.state), "not what is");
                    }
                    if matches!(how, Try::Sent) {
                        row.standing = Standing::Sent;
                    }
                }
                Plan::Drop(why) => row.standing = Standing::Dropped(*why),
                Plan::Dead => row.standing = Standing::Dead,
                Plan::Wait { .. } | Plan::AwaitReplay => {}
            }
        }
        plans.is_empty()
    }
}

proptest! {
    #[test]
    fn the_patient_last_heard_what_is(steps in prop::collection::vec(any_step(), 0..80)) {
        let outcomes =
            [Outcome::Held, Outcome::Confirmed, Outcome::MovedByClinic, Outcome::CancelledByClinic];
        let begun = state(0, Outcome::Received, 0);
        let rows = vec![Row::new(BOOKING, &begun, false, at(0))];
        let mut world = World { state: begun, rows, inbox: Vec::new(), wall_ms: 0 };
        for step in steps {
            match step {
                Step::Change { outcome, gist, by_clinic } => {
                    let replaying = world.state.replaying;
                    let next = state(world.state.sequence + 1, outcomes[outcome], gist);
                    world.state = State { replaying, ..next };
                    world.rows.push(Row::new(BOOKING, &world.state, by_clinic, at(world.wall_ms)));
                }
                Step::Replay(replaying) => world.state.replaying = replaying,
                Step::Work(how) => drop(world.work(how)),
                Step::Later(ms) => world.wall_ms += ms,
            }
        }
        world.state.replaying = false;
        for _ in 0..2 * TRIES {
            world.wall_ms += i64::try_from(RETRY_MAX_MS).expect("a pause");
            world.work(Try::Sent);
        }
        prop_assert!(world.rows.iter().all(|row| row.standing != Standing::Waiting));
        if world.rows.iter().all(|row| row.standing != Standing::Dead) {
            let heard = world.inbox.last().expect("something");
            prop_assert_eq!(heard.gist, world.state.gist);
            prop_assert_eq!(heard.outcome.is_on(), world.state.outcome.is_on());
            prop_assert!(heard.outcome == world.state.outcome || heard.outcome.is_on());
        }
    }
}
