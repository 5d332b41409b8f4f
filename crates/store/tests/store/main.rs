//! The store's promises, on real encrypted files: nothing acknowledged is
//! lost, nothing half-made stays, and what is wrong is named.

mod copies;
mod crash;
mod disk;
mod fixture;
mod foreign;
mod log;
mod migrations;
mod races;
mod random;
mod rezone;
mod search;
mod settings;
mod sync_bulk;
mod sync_fixture;
mod sync_inbox;
mod sync_lives;
mod sync_marks;
mod sync_mirror;
mod sync_random;
mod sync_session;
mod sync_settle;
mod sync_tails;
mod verify;
