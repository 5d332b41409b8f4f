//! The service over real HTTP, on a real store; the clinic itself is offline.

mod client;
mod input;
mod scene;
mod stories;
