//! Kinds of visit.

use serde::{Deserialize, Serialize};

use crate::id::KindId;

/// A kind of visit: how long it takes, its colour, who may book it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct VisitKind {
    /// Its id.
    pub id: KindId,
    /// As the clinic calls it.
    pub name: String,
    /// How long it takes unless somebody says otherwise, in minutes; a multiple of five.
    pub minutes: u32,
    /// The bar at the card's left.
    pub colour: KindColour,
    /// Whether patients may ask for it online.
    pub bookable_online: bool,
    /// Whether it may take time kept free for emergencies.
    pub emergency: bool,
    /// Kinds no longer offered stay for the visits that have them.
    pub active: bool,
}

/// The colours a kind of visit can have, named after what they usually stand for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum KindColour {
    /// Blue.
    Examination,
    /// Teal.
    Hygiene,
    /// Ochre.
    Filling,
    /// Rose.
    Root,
    /// Violet.
    Crown,
    /// Green.
    Child,
    /// Red.
    Acute,
    /// Grey.
    Other,
}

impl KindColour {
    /// Every colour, in the order a chooser shows them.
    pub const ALL: [Self; 8] = [
        Self::Examination,
        Self::Hygiene,
        Self::Filling,
        Self::Root,
        Self::Crown,
        Self::Child,
        Self::Acute,
        Self::Other,
    ];

    /// The word the store and the screens know it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Examination => "examination",
            Self::Hygiene => "hygiene",
            Self::Filling => "filling",
            Self::Root => "root",
            Self::Crown => "crown",
            Self::Child => "child",
            Self::Acute => "acute",
            Self::Other => "other",
        }
    }

    /// Reads [`Self::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colour| colour.as_str() == word)
    }
}
