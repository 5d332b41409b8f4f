//! The central service: it mirrors each clinic's free and taken time, keeps
//! what patients wish, and passes it on. It never says yes on its own.
//!
//! **Promise.** What was acknowledged is on the disk. A request's state and the
//! mail that tells of it are written in one transaction, by the rules of
//! `chairside-sync` and no others. Nothing of a clinic is kept in memory only:
//! any process can take a clinic over, by token, and the one before it has no
//! effect any more.
//!
//! **Reading order.** [`store`] (what is kept, as traits, and the SQLite behind
//! them), [`engine`] (an actor per clinic that drives the protocol over it),
//! [`clock`]; [`availability`] (what is free), [`http`] (for patients and
//! programs), [`keys`], [`mails`], [`metrics`], [`service`] (all that runs), [`operator`] (what a person can have
//! done), [`care`] (what is done by the hour), [`settings`] and [`cli`].
//!
//! **To add something central keeps:** 1. a file in `migrations/` that says
//! why; 2. a method of the trait of its subject in [`store`]; 3. its
//! transaction in `store/sqlite/`; 4. a test of it in `tests/storage/`, which
//! every implementation has to pass.

pub mod authority;
pub mod availability;
pub mod broker;
pub mod care;
pub mod cli;
pub mod clock;
pub mod engine;
pub mod http;
pub mod keys;
pub mod link;
pub mod mails;
pub mod metrics;
pub mod operator;
pub mod pairing;
pub mod ready;
pub mod service;
pub mod settings;
pub mod store;

pub use clock::Clock;
