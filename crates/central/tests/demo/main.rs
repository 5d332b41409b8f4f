//! The demo as a person runs it: the real program, with the desks' real program
//! beside it.

mod client;
mod process;
mod stories;
