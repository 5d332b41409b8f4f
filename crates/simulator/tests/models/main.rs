//! The protocol's rules in small configurations, every reachable state of each.
//!
//! What the simulator meets by chance is gone through here without exception:
//! a few parties, every order in which what they do and say can fall, one or
//! two misfortunes. These are models of the rules, not of the encodings: who
//! may do what when, with the crate's own pure functions wherever one makes
//! the decision. Each file says what it leaves out.
//!
//! No model is taken at its word: each is checked again with one rule broken
//! at a time, and has to find where that leads. The number of states is
//! asserted, so that a rule which quietly shuts half of them out is noticed.
//!
//! **To add a model:** 1. a file with a `Model`, its rules and what it leaves
//! out; 2. a test that calls [`explore::check`] with what counts as an
//! end; 3. one that breaks every rule in turn.

mod chain;
mod clinic;
mod explore;
mod one_slot;
mod promises;
mod takeover;
mod workers;
