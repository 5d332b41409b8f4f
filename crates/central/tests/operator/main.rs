//! The operator's commands against the real program: while it serves, and at rest.

mod backups;
mod clinics;
#[path = "../storage/fixture.rs"]
#[expect(dead_code, reason = "the storage's tests need more of it")]
mod fixture;
mod looks;
mod page;
mod program;
mod ready;
mod settings;
mod store;
