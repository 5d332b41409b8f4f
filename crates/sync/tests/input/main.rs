//! What comes from outside: bytes that aren't a message, and messages that
//! shouldn't be said.
//!
//! **Promise.** No bytes end the program, fill its memory or keep it busy;
//! what can be read means the same when it is written again; and what is
//! refused changes nothing and stops nothing else.
//!
//! Bounded where everything is tested; `make fuzz TIMES=1000` tries a thousand
//! times as much.

mod any;
mod cbor;
mod centre;
mod decided;
mod decoders;
mod desk;
mod effort;
mod ended;
mod late;
mod later;
mod pair;
mod refused;
mod shape;
