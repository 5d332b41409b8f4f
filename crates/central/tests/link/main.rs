//! Real desks and the real central over real brokers: the one inside the
//! process, and Mosquitto. The same stories for both.
//!
//! Parts: `clinic` (which clinics), `broker`, `central`, `staff` and `patients`
//! (who takes part), `part`, `desk` and `house` (some of them as processes that
//! are killed), `proxy` (the line between, cut one way), `oracle` (who judges).
//! Stories: `stories`, `race`, `cut_off`, `kills`,
//! `restored`, `copied`, `neighbours`, `oversized`, `soak`.

mod at_the_desk;
mod broker;
mod central;
#[path = "../http/client.rs"]
mod client;
mod clinic;
mod copied;
mod cut_off;
mod desk;
mod house;
mod kills;
mod neighbours;
mod oracle;
mod oversized;
mod part;
mod patients;
#[path = "../../../mqtt/tests/line/proxy.rs"]
mod proxy;
mod race;
mod restored;
mod soak;
mod staff;
mod stories;
