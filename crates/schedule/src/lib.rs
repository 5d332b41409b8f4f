//! The rules of a clinic's schedule, and nothing else.
//!
//! **Promise.** Everything here is pure: no file, socket, clock, task or
//! randomness. Given the same clinic, day and wish, the same answer comes out,
//! on the desk, at central and in a simulator. `now` is always a parameter.
//!
//! **Reading order.** [`time`] (local time, UTC, intervals), [`hours`] (when a
//! clinic and its people work), [`practitioner`], [`kind`], [`patient`],
//! [`appointment`] (one visit and its statuses), then the rules between them:
//! [`day`] (when may a visit lie?), [`openings`] (what of that is free?),
//! [`rules`] (may this visit be booked?), [`clash`] (what overlaps?),
//! [`rezone`] (what moves when a zone's rules change?).
//!
//! **To add a field to an appointment:** 1. the field in [`appointment`], with
//! its unit; 2. a rule in [`rules`] if it can be wrong; 3. on to
//! `migrations/` and `crates/store`.

pub mod appointment;
pub mod clash;
pub mod clinic;
pub mod day;
pub mod hours;
pub mod id;
pub mod kind;
pub mod openings;
pub mod patient;
pub mod practitioner;
pub mod rezone;
pub mod rules;
pub mod time;

pub use appointment::{Appointment, Status};
pub use clinic::Clinic;
pub use id::*;
pub use kind::VisitKind;
pub use patient::Patient;
pub use practitioner::Practitioner;
