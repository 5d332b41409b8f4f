//! The desk's use cases, whoever asks: the window, the headless binary, a test.
//!
//! **Promise.** A use case either does all it says, in one transaction of the
//! store, or nothing, and answers a [`problem::Problem`] with a stable code
//! that the message catalogue turns into a sentence a person can act on.
//!
//! **To add a command:** 1. its request and answer in [`api`]; 2. the use case
//! in a module of its own subject; 3. a line in [`commands`]; 4. its name in
//! `src-tauri/command_names.rs` and its `allow-…` in the capability; 5.
//! `make bindings`.

pub mod api;
pub mod arrivals;
pub mod bindings;
mod booking;
mod bring;
pub mod cli;
pub mod clock;
pub mod commands;
mod conflicts;
mod connection;
mod day;
pub mod demo;
pub mod desk;
pub mod export;
pub mod founding;
pub mod import;
mod judge;
mod likeness;
pub mod link;
pub mod messages;
mod openings;
pub mod pairing;
mod patients;
pub mod problem;
mod requests;
mod returning;
pub mod serve;
mod since;
mod undo;
mod view;
