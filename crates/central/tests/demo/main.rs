//! The demo as a person runs it: the real program, with the desks' real program
//! beside it.

#[path = "../http/client.rs"]
mod client;
mod process;
mod stories;
