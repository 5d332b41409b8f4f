//! Mails to patients: what they say, and that they arrive.

mod sending;
mod server;
mod wording;
