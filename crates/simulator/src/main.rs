//! Breaks the protocol on purpose: whole clinics in virtual time, with faults,
//! watched by checkers that share no code with what they watch.
//!
//! **Reading order.** [`world`] (time, machines, the loop), [`desk`] and
//! [`centre`] (what their disks keep), [`process`] (processes and what they
//! may die between), [`people`], [`nature`] (the line and the faults),
//! [`end`] (healing), [`check`] (what must be true).
//!
//! **To add a fault:** 1. a field in [`faults::Faults`]; 2. what it does, in
//! [`nature`]; 3. a goal in [`goals`] if something rare has to come of it.

#![allow(missing_docs)]

mod centre;
mod check;
mod clinic;
mod desk;
mod end;
mod faults;
mod goals;
mod id;
mod nature;
mod people;
mod process;
mod trace;
mod world;

use trace::Trace;
use world::World;

fn main() {
    let mut args = std::env::args().skip(1);
    let from: u64 = args.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let count: u64 = args.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let aloud = count == 1;
    let began = std::time::Instant::now();
    for seed in from..from + count {
        let mut world = World::new(seed, &faults::Smaller::default(), true, Trace::new(aloud));
        world.run();
        if let Some(violation) = world.judge.violation() {
            let mut seen = violation.seen.clone();
            seen.truncate(2600);
            eprintln!("seed {seed}: {}: {}", violation.promise, seen);
        }
        if aloud {
            eprintln!(
                "seed {seed}: {} events, {} proposals, {} sessions, hash {:x}, {:?}",
                world.trace.events(),
                world.proposals,
                world.judge.sessions(),
                world.trace.hash(),
                world.goals
            );
        }
    }
    eprintln!("{:.1} seeds/s", count as f64 / began.elapsed().as_secs_f64());
}
