//! The service over real HTTP, on a real store; the clinic itself is offline.

mod client;
mod contacts;
mod events;
mod input;
mod links;
mod partners;
mod scene;
mod served;
mod serving;
mod stories;
