//! Carries the messages of a clinic's protocol over MQTT: bytes and timers,
//! no decision.
//!
//! The promise: what [`Line::send`] accepted leaves in the order in which it
//! was accepted, each at most once in a connection; what could not leave is
//! said and never piled up; and whatever happens to the broker, short of never
//! coming back, the line is up again without anybody's help. It does not
//! promise that anything arrives. MQTT is a doorbell: what must arrive lives in
//! a log, a table or an outbox elsewhere, and is asked for again once
//! [`Event::Up`] came.
//!
//! A desk opens one line and hears its own `down`; central opens one for all
//! clinics and hears everybody's `up`:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use chairside_mqtt::{Address, Event, Settings, open, topics};
//! # async fn example(random: impl Fn() -> u64 + Send + Sync + 'static) -> Result<(), Box<dyn std::error::Error>> {
//! let mut settings = Settings::new(Address::parse("mqtt://127.0.0.1:1883")?, "central").for_many_peers();
//! settings.subscriptions = vec![topics::EVERY_UP.to_owned(), topics::EVERY_STATE.to_owned()];
//! let (line, mut events) = open(settings, Arc::new(random))?;
//! while let Some(event) = events.next().await {
//!     if let Event::Message { topic, payload } = event {
//!         let Some((peer, _)) = topics::Peer::parse(&topic) else { continue };
//!         line.send(&peer.topic(topics::Way::Down), payload).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! To add something a line tells: 1. a word in [`Event`]; 2. where it happens,
//! in `drive`; 3. if the client crate has to tell it, a word in `client`, the
//! only module that knows that crate.

pub mod access;
mod address;
mod backoff;
#[cfg(feature = "broker")]
pub mod broker;
mod client;
mod drive;
mod event;
mod line;
mod outbox;
mod settings;
mod tls;
pub mod topics;

pub use address::{Address, AddressError};
pub use event::{Event, NotSent, Reason, Why};
pub use line::{Events, Line, open};
pub use settings::{Identity, Login, MAX_MESSAGE, Random, SHORTEST_KEEP_ALIVE, Settings, SettingsError, Tls, Will};
