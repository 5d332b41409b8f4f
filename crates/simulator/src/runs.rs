//! One run, and many of them side by side.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use chairside_sync::mutant::{self, Mutant};

use crate::check::Violation;
use crate::faults::{Fault, Faults, Smaller};
use crate::goals::Goals;
use crate::trace::Trace;
use crate::world::World;

/// One seed in this many is run twice, to see that its trace is the same.
const CHECKED: u64 = 100;

/// How seeds are run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How the protocol is broken on purpose.
    pub mutant: Option<Mutant>,
    /// What the runs are spared.
    pub smaller: Smaller,
    /// Stretches in which only beats are due are not passed over.
    pub every_beat: bool,
}

impl Settings {
    /// The options that ask for these settings.
    pub fn options(&self) -> String {
        let without: Vec<_> = self.smaller.without.iter().map(|fault| fault.as_str()).collect();
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let options = [
            ("mutant", self.mutant.map(|mutant| mutant.as_str().to_owned())),
            ("without", (!without.is_empty()).then(|| without.join(","))),
            ("hours", number(self.smaller.hours)),
            ("patients", number(self.smaller.patients_percent)),
            ("staff", number(self.smaller.staff_percent)),
        ];
        let said = options.into_iter().filter_map(|(name, value)| Some(format!(" --{name} {}", value?)));
        said.chain(self.every_beat.then(|| " --every-beat".to_owned())).collect()
    }

    /// The command that runs a seed in this way again, and tells what happens.
    pub fn replay(&self, seed: u64) -> String {
        format!("cargo run --release -p chairside-simulator -- --seed {seed}{}", self.options())
    }

    /// Whether runs are as their seeds would have them.
    pub fn is_plain(&self) -> bool {
        self.mutant.is_none() && self.smaller == Smaller::default()
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Run {
    pub seed: u64,
    pub violation: Option<Violation>,
    /// The faults it had.
    pub faults: Vec<Fault>,
    pub simulated_ms: u64,
    pub proposals: u64,
    pub sessions: usize,
    pub goals: Goals,
    pub events: u64,
    /// The same for the same trace.
    pub hash: u64,
    pub took: Duration,
}

/// Runs a seed; `aloud` tells on stdout what happens.
pub fn run(seed: u64, settings: &Settings, aloud: bool) -> Run {
    let began = Instant::now();
    mutant::set(settings.mutant);
    // Nothing of a world outlives its panic.
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(seed, &settings.smaller, !settings.every_beat, Trace::new(aloud));
        world.run();
        if mutant::on(Mutant::Canary) {
            world.judge.broken("canary", || "nothing is wrong; it is reported to show that reporting works".to_owned());
        }
        Run {
            seed,
            violation: world.judge.violation().cloned(),
            faults: present(&world.faults),
            simulated_ms: world.now_ms,
            proposals: world.proposals,
            sessions: world.judge.sessions(),
            goals: world.goals,
            events: world.trace.events(),
            hash: world.trace.hash(),
            took: began.elapsed(),
        }
    }));
    mutant::set(None);
    lived.unwrap_or_else(|_| Run {
        seed,
        violation: Some(Violation { promise: "no_panic", seen: PANIC.take() }),
        faults: Vec::new(),
        simulated_ms: 0,
        proposals: 0,
        sessions: 0,
        goals: Goals::default(),
        events: 0,
        hash: 0,
        took: began.elapsed(),
    })
}

fn present(faults: &Faults) -> Vec<Fault> {
    Fault::ALL.iter().copied().filter(|fault| fault.is_in(faults)).collect()
}

/// Whether a seed is one of those that are run twice.
pub fn is_checked(seed: u64) -> bool {
    seed % CHECKED == 1
}

/// Runs a seed again without passing over beats: the trace has to be the same,
/// for a seed tells one story only, and beats leave no trace.
pub fn check_trace(run: &mut Run, settings: &Settings) {
    if run.violation.is_some() {
        return;
    }
    let same = |other: &Run| (other.hash, other.events) == (run.hash, run.events);
    let told =
        |other: &Run| format!("{} events, {:x}; then {} events, {:x}", run.events, run.hash, other.events, other.hash);
    let other = Settings { every_beat: !settings.every_beat, ..settings.clone() };
    let with_beats = self::run(run.seed, &other, false);
    if same(&with_beats) {
        // The second time the same came of this seed.
        return;
    }
    // Beats change something, or the same seed doesn't always tell the same.
    let again = self::run(run.seed, settings, false);
    let (promise, differs) =
        if same(&again) { ("beats_change_nothing", &with_beats) } else { ("same_seed_same_trace", &again) };
    run.violation = Some(Violation { promise, seen: told(differs) });
}

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what panics say for the report, instead of printing it.
pub fn catch_panics() {
    std::panic::set_hook(Box::new(|panic| PANIC.set(panic.to_string())));
}

/// Does `job` for every item on all cores, handing them out in order, and
/// `take`s what comes of each as it comes, until that breaks; what was handed
/// out by then is still taken.
pub fn side_by_side<I: Send, R: Send>(
    items: impl Iterator<Item = I> + Send,
    job: impl Fn(I) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<()>,
) {
    // Emptied when nothing more is to be handed out.
    let items = Mutex::new(Some(items));
    let next = || {
        let mut items = items.lock().unwrap_or_else(PoisonError::into_inner);
        items.as_mut().and_then(Iterator::next)
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (done, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..cores {
            let (done, next, job) = (done.clone(), &next, &job);
            scope.spawn(move || {
                while let Some(item) = next() {
                    if done.send(job(item)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        for result in results {
            if take(result).is_break() {
                *items.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_before_the_break_is_taken() {
        let mut taken = Vec::new();
        side_by_side(
            0..1_000,
            |item| item,
            |item| {
                taken.push(item);
                if item == 500 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        taken.sort_unstable();
        assert!(taken.len() > 500);
        assert_eq!(taken[..=500], (0..=500).collect::<Vec<_>>());
    }

    #[test]
    fn settings_say_how_they_are_asked_for() {
        let smaller = Smaller {
            without: vec![Fault::Cut, Fault::OneWay],
            hours: Some(30),
            patients_percent: None,
            staff_percent: Some(50),
        };
        let settings = Settings { mutant: Some(Mutant::Canary), smaller, every_beat: true };
        assert_eq!(settings.options(), " --mutant canary --without cut,one-way --hours 30 --staff 50 --every-beat");
        assert!(Settings::default().options().is_empty());
    }
}
