//! The line to the central service.

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::link::State;
use crate::problem::Problem;

/// How this desk is connected. All but `paired`, `problem`, `spells` and
/// `failures` say nothing while there is no line.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// Whether the desk is paired with a central service.
    pub paired: bool,
    /// Its address, as it was given.
    pub central: Option<String>,
    /// How the line stands.
    pub state: Option<State>,
    /// Since when, in the clinic's local time.
    pub since: Option<NaiveDateTime>,
    /// When central was last heard in this run of the application.
    pub heard: Option<NaiveDateTime>,
    /// Changes that central isn't known to have.
    pub unsent: u64,
    /// The log's position that central is known to have.
    pub acknowledged: Option<u64>,
    /// The days that are offered online, today first.
    pub days: Vec<ConnectionDay>,
    /// Requests that wait at central.
    pub held: u32,
    /// Patients who are filling in the form.
    pub being_booked: u32,
    /// The two wall clocks are this far apart, in minutes; nothing is decided while they are.
    pub clocks_apart_minutes: Option<u64>,
    /// Another installation speaks for the clinic.
    pub another_hub: bool,
    /// Another desktop decides for the clinic from now on.
    pub superseded: bool,
    /// Why there is no line although the desk is paired.
    pub problem: Option<Problem>,
    /// What the line went through, the latest first.
    pub spells: Vec<ConnectionSpell>,
    /// What was asked of central and failed, the latest first.
    pub failures: Vec<ConnectionFailure>,
}

/// Whether both sides hold the same of a day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct ConnectionDay {
    /// The clinic's local day.
    pub date: NaiveDate,
    /// Compared in this session, and equal.
    pub equal: bool,
    /// Compared, and different for good: a person decides each booking.
    pub disputed: bool,
}

/// From when on the line stood how.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct ConnectionSpell {
    /// In the clinic's local time.
    pub at: NaiveDateTime,
    /// How.
    pub state: State,
}

/// Something asked of central that was not done, for whoever helps.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct ConnectionFailure {
    /// In the clinic's local time.
    pub at: NaiveDateTime,
    /// What was asked.
    pub what: ConnectionAsked,
    /// The problem's code.
    pub code: String,
    /// What the computer or central said about it, in its own words, which are
    /// English; empty where it said nothing.
    pub said: String,
}

/// What a desk asks of central over HTTPS, or to be let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionAsked {
    /// To be paired with it.
    Pairing,
    /// A new certificate.
    Renewal,
    /// To open the line that an earlier pairing left.
    Opening,
}

/// A central service to pair with.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct PairWith {
    /// Where it is: `https://…`.
    pub address: String,
    /// The code its operator gave, with or without its hyphens.
    pub code: String,
}
