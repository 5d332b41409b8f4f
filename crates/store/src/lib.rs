//! The clinic's store: one encrypted SQLite file that never loses a booking.
//!
//! **Promise.** Every change is one transaction that holds the rows *and* the
//! log entry about them; when a write is answered, both are on the disk. Two
//! occupying visits of one practitioner or chair never overlap unless somebody
//! said so knowingly, or they came so by import: the check is made inside the
//! transaction that books. One process owns a store, one connection writes.
//!
//! **Reading order.** [`files`] (what lies in a store's folder), [`Store`]
//! (opening, reading, writing), [`tx`] (what a write may do), [`rows`] (the
//! tables), [`log`], [`sync`] (what a hub is asked), [`verify`].
//!
//! **To add a column:** 1. a new file in `migrations/`; 2. the field in
//! `chairside-schedule`; 3. its place in [`rows`]; 4. the projection in
//! [`project`], if mirrors may see it.

mod bulk;
pub mod busy;
pub mod copy;
pub mod error;
pub mod files;
pub mod log;
mod names;
mod open;
pub mod project;
mod rezone;
pub mod rows;
pub mod search;
mod store;
pub mod sync;
pub mod tx;
pub mod verify;
mod writer;

pub use bulk::{AlreadyThere, Batch, Brought};
pub use error::StoreError;
pub use files::{Key, StoreFiles};
pub use log::Record;
pub use names::Named;
pub use open::{Founding, Opening, Salts};
pub use rows::staff::{Role, Staff};
pub use search::Found;
pub use store::{Changed, Store};
pub use sync::HubSide;
pub use tx::{Moment, Tx};
pub use verify::{Fault, Verified};
pub use writer::wait_until_closed;
