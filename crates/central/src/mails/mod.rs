//! Mails to patients: rows of the outbox, in words, sent.
//!
//! **Promise.** What is mailed was true when it left, as far as the store can
//! tell, and uses the page's own words. Each mail of a booking leaves at least
//! once; one that came twice has the same name. Neither names nor addresses
//! stand in a log.
//!
//! **Reading order.** [`letter`] (what is said), [`words`] (the catalogue),
//! [`render`] (text and HTML), [`invite`] (the calendar's entry), [`envelope`]
//! (the whole mail), [`post`] (where it goes), [`sending`] (the task).
//!
//! **To add an outcome:** 1. a variant of `chairside_sync::mails::Outcome`; 2.
//! its title, subject and lead in `messages/{en,sv}/mails.ftl`; 3. what it does
//! to a calendar, in [`invite`].

pub mod envelope;
pub mod invite;
pub mod letter;
pub mod post;
pub mod render;
pub mod sending;
pub mod words;

pub use letter::Links;
pub use post::{Post, Security, Sender};
pub use sending::Sending;
