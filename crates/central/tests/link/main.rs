//! Real desks and the real central over real brokers: the one inside the
//! process, and Mosquitto. The same stories for both.
//!
//! Parts: `clinic` (which clinics), `broker`, `central`, `desk` and `patients`
//! (who takes part), `part` (any of them as a process that is killed), `proxy`
//! (the line between, cut one way), `oracle` (who judges). Stories: `stories`,
//! `race`, `cut_off`.

mod broker;
mod central;
#[path = "../http/client.rs"]
mod client;
mod clinic;
mod cut_off;
mod desk;
mod oracle;
mod part;
mod patients;
#[path = "../../../mqtt/tests/line/proxy.rs"]
mod proxy;
mod race;
mod stories;
