//! A real desk and the real central over real brokers: the one inside the
//! process, and Mosquitto. The same stories for both.

mod broker;
mod central;
mod clinic;
mod desk;
mod stories;
