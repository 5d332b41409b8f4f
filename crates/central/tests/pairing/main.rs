//! Desks that pair with the real central, over real TLS, and talk to it over
//! real brokers: the one inside the process, and Mosquitto.

mod central;
mod codes;
mod desk;
mod impostor;
mod mosquitto;
mod process;
mod renewal;
mod stories;
