//! The desk's commands, asked by name and in JSON as a screen asks them, on a
//! real store.

mod bad_input;
mod board;
mod conflicts;
mod ending;
mod find;
mod fixture;
mod likeness;
mod openings;
mod saving;
mod sentences;
mod served;
mod since;
mod statuses;
mod undo;
