//! Mails to patients: rows of the outbox, in words, sent.
//!
//! **Promise.** What is mailed was true when it left, as far as the store can
//! tell, and uses the page's own words. Of one booking only one mail is on its
//! way at a time, so the last to arrive is the last word. Each mail of a booking
//! leaves at least once or stands among the dead; one that came twice has the
//! same name. Neither names nor addresses stand in a log.
//!
//! **Reading order.** [`letter`] (what is said), [`words`] (the catalogue),
//! [`render`] (text and HTML), [`invite`] (the calendar's entry), [`envelope`]
//! (the whole mail), [`link`] (what it leads to), [`post`] (where it goes),
//! [`sending`] (the task), [`office`] (which `serve` opens).
//!
//! **To add an outcome:** 1. a variant of `chairside_sync::mails::Outcome`; 2.
//! its title, subject and lead in `messages/{en,sv}/mails.ftl`; 3. what it does
//! to a calendar, in [`invite`].

pub mod envelope;
pub mod invite;
pub mod letter;
pub mod link;
pub mod office;
pub mod post;
pub mod render;
pub mod sending;
pub mod words;

pub use letter::Links;
pub use office::{MailSettings, Office, OfficeError, start};
pub use post::{Post, Security, Sender};
pub use sending::Sending;
