//! The log of a clinic: what an entry holds, its canonical bytes, and the
//! chain of hashes that makes one history of them.
//!
//! **Promise.** The same entry has the same bytes and the same hash on every
//! machine and in every version that speaks its body's version. No socket,
//! clock, task or randomness of its own: instants, salts and ids are given.
//!
//! **Reading order.** [`entry`] (an entry and its parts), [`body`] (the
//! projection that may leave the clinic), [`causes`] (what was known when it
//! was made), [`chain`] (hashes).
//!
//! **To add a kind of body:** 1. a variant in [`body::Public`] with the next
//! free number; 2. a line in `tests/golden.rs`, never changing those above;
//! 3. whoever writes it, in `crates/store`.

pub mod body;
pub mod breaker;
pub mod causes;
pub mod chain;
pub mod entry;
pub mod mails;
pub mod merge;
pub mod now;
pub mod queue;

pub use body::Public;
pub use causes::Causes;
pub use chain::{Hash, Tip};
pub use entry::{Author, Entry, Header, Incarnation, NodeId, Private};
pub use now::Now;
