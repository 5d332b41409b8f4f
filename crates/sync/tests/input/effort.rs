//! How much is tried, and how much of the machine one try may take.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use proptest::test_runner::{Config, RngSeed, TestRunner};

/// Bytes of memory at once that reading one byte may take. The worst is an
/// empty byte string in a list: one byte read, three words kept, and twice the
/// list while it grows.
const PEAK_PER_BYTE: u64 = 96;

/// Bytes of memory in all, and allocations, that reading one byte may take.
const TOTAL_PER_BYTE: u64 = 160;
const ALLOCATIONS_PER_BYTE: u64 = 2;

/// What reading may take however short the bytes are: an error's words, a first list.
const AT_LEAST: u64 = 4_096;

/// Reads `bytes` and asserts that this took no more than their length allows.
/// Work is measured in allocations, which no other load on the machine changes.
pub fn within_bounds<T>(bytes: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
    let mut result = Ok(None);
    // What ends a measurement in the middle would spoil the next one.
    let took = allocation_counter::measure(|| result = catch_unwind(AssertUnwindSafe(|| Some(read(bytes)))));
    let result = result.unwrap_or_else(|panic| resume_unwind(panic));
    let length = bytes.len() as u64;
    assert!(took.bytes_max <= AT_LEAST + PEAK_PER_BYTE * length, "{length} bytes took {} at once", took.bytes_max);
    assert!(took.bytes_total <= AT_LEAST + TOTAL_PER_BYTE * length, "{length} bytes took {} in all", took.bytes_total);
    assert!(took.count_total <= 64 + ALLOCATIONS_PER_BYTE * length, "{length} bytes took {} times", took.count_total);
    result.expect("it was read")
}

/// How many times as much as usual is to be tried.
fn times() -> u32 {
    env::var("CHAIRSIDE_FUZZ").map_or(1, |times| times.parse().expect("CHAIRSIDE_FUZZ is a number"))
}

/// A run of `cases`, as many times as the environment says. The same seed
/// tries the same; without one, whoever changes the code isn't surprised by
/// an older fault, and a long run has a seed of its own.
pub fn run(cases: u32) -> TestRunner {
    let seed = env::var("CHAIRSIDE_FUZZ_SEED").ok().map(|seed| seed.parse().expect("CHAIRSIDE_FUZZ_SEED is a number"));
    let rng_seed = match (seed, times()) {
        (Some(seed), _) => RngSeed::Fixed(seed),
        (None, 1) => RngSeed::Fixed(0),
        (None, _) => RngSeed::Random,
    };
    TestRunner::new(Config { cases: cases * times(), rng_seed, failure_persistence: None, ..Config::default() })
}

/// Says how much was tried, for `make fuzz`.
pub fn tried(what: &str, inputs: u64) {
    println!("tried {inputs} {what}");
}
