//! How a clinic and its mirrors stay the same: the log of a clinic, and the
//! protocol that keeps others in step with it.
//!
//! **Promise.** The same entry has the same bytes and the same hash on every
//! machine and in every version that speaks its body's version. Whether two
//! bookings clash is decided in one place, at the hub; a proposal gets one
//! verdict; nothing is released before its day was verified in the running
//! session. No socket, clock, task or randomness of its own: instants, salts
//! and ids are given, and the store is asked through outputs.
//!
//! **Reading order.** [`entry`] (an entry and its parts), [`body`] (the
//! projection that may leave the clinic), [`causes`] (what was known when it
//! was made), [`chain`] (hashes); [`proposal`] and [`decide`] (wishes and
//! their verdicts), [`digest`] (how stores are compared) and
//! [`gathered`] (how their rows are read), [`wire`] (what is
//! said), [`hub`] and [`mirror`] (who says it when), [`takeover`] (who the hub
//! is), [`booking`] (a request's life at central), [`pairing`] (how a desk and
//! central come to know each other), [`sealed`] (what only the clinic reads).
//!
//! **To add a kind of body:** 1. a variant in [`body::Public`] with the next
//! free number; 2. a line in `tests/golden.rs`, never changing those above;
//! 3. whoever writes it, in `crates/store`.

pub mod body;
pub mod booking;
pub mod breaker;
pub mod causes;
pub mod chain;
pub mod days;
pub mod decide;
pub mod digest;
pub mod entry;
pub mod gathered;
pub mod holds;
pub mod hub;
pub mod mails;
pub mod merge;
pub mod merge_rows;
pub mod mirror;
pub mod mutant;
pub mod now;
mod packed;
pub mod pairing;
pub mod proposal;
pub mod queue;
pub mod restore;
pub mod sealed;
pub mod takeover;
pub mod wire;

pub use body::Public;
pub use causes::Causes;
pub use chain::{Hash, Tip};
pub use entry::{Author, Entry, Header, Incarnation, NodeId, Private};
pub use now::Now;
pub use proposal::{Proposal, ProposalId, Wish};
