//! The engine over its real store, a real hub over a real clinic's store, and
//! a line between them that loses and doubles what is said.

mod cable;
mod clinic;
mod scene;
mod stories;
