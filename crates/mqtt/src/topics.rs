//! Names of topics. One desk of one clinic has three:
//!
//! | topic | who publishes | who hears |
//! | --- | --- | --- |
//! | `chairside/1/clinic/<clinic>/<device>/up` | the desk | central |
//! | `chairside/1/clinic/<clinic>/<device>/down` | central | the desk |
//! | `chairside/1/clinic/<clinic>/<device>/state` | the broker, for a desk that vanished | central |
//!
//! The `1` is the version of these names; what the messages say has its own.

use std::fmt;

const ROOT: &str = "chairside/1/clinic";
const LONGEST_ID: usize = 64;

/// The longest topic the wire has room for, in bytes.
const LONGEST_TOPIC: usize = u16::MAX as usize;

/// Every desk's `up`, for central.
pub const EVERY_UP: &str = "chairside/1/clinic/+/+/up";
/// Every desk's `down`, which central may publish to.
pub const EVERY_DOWN: &str = "chairside/1/clinic/+/+/down";
/// Every desk's `state`, for central.
pub const EVERY_STATE: &str = "chairside/1/clinic/+/+/state";

/// One device of one clinic, as topics name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer {
    clinic: String,
    device: String,
}

/// Which of a device's topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the desk to central.
    Up,
    /// From central to the desk.
    Down,
    /// What the broker says of a desk that vanished.
    State,
}

/// An id that no topic may hold: not 1 to 64 of `A-Z a-z 0-9 - _`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id in a topic is 1 to 64 letters, digits, - and _; this is {0:?}")]
pub struct BadId(pub String);

impl Peer {
    /// A device of a clinic.
    ///
    /// # Errors
    /// [`BadId`]: `/`, `+` and `#` would mean something else in a topic, and
    /// what isn't a plain letter or digit could mean something in a broker's file.
    pub fn new(clinic: &str, device: &str) -> Result<Self, BadId> {
        for id in [clinic, device] {
            if !is_id(id) {
                return Err(BadId(id.to_owned()));
            }
        }
        Ok(Self { clinic: clinic.to_owned(), device: device.to_owned() })
    }

    /// Reads a topic; `None` if it is none of these.
    pub fn parse(topic: &str) -> Option<(Self, Way)> {
        let mut parts = topic.strip_prefix(ROOT)?.strip_prefix('/')?.split('/');
        let (clinic, device, way) = (parts.next()?, parts.next()?, parts.next()?);
        let way = [Way::Up, Way::Down, Way::State].into_iter().find(|one| one.name() == way)?;
        let peer = Self::new(clinic, device).ok()?;
        parts.next().is_none().then_some((peer, way))
    }

    /// The clinic's id.
    pub fn clinic(&self) -> &str {
        &self.clinic
    }

    /// The device's id.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// One of the device's topics.
    pub fn topic(&self, way: Way) -> String {
        format!("{ROOT}/{}/{}/{}", self.clinic, self.device, way.name())
    }

    /// What the device is called at a broker: its user name, and the common
    /// name of its certificate. No id holds the dot between the two.
    pub fn user_name(&self) -> String {
        format!("{}.{}", self.clinic, self.device)
    }
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::State => "state",
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.clinic, self.device)
    }
}

fn is_id(id: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(is_plain)
}

/// Whether something can be published to this.
pub(crate) fn is_topic(topic: &str) -> bool {
    (1..=LONGEST_TOPIC).contains(&topic.len()) && !topic.contains(['+', '#', '\0'])
}

/// Whether this can be subscribed to: `+` stands for one whole level, `#` for
/// all that follow and only at the end.
pub(crate) fn is_filter(filter: &str) -> bool {
    if !(1..=LONGEST_TOPIC).contains(&filter.len()) || filter.contains('\0') {
        return false;
    }
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let stands_for_many = level == "#" && levels.peek().is_none();
        if level.contains(['+', '#']) && level != "+" && !stands_for_many {
            return false;
        }
    }
    true
}

/// Whether every topic that `narrow` names, a topic or a filter, is among
/// those that `wide` does.
pub(crate) fn covers(wide: &str, narrow: &str) -> bool {
    let (mut wide, mut narrow) = (wide.split('/'), narrow.split('/'));
    loop {
        match (wide.next(), narrow.next()) {
            // `a/#` names `a` too.
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_reads_back_and_nothing_else_does() {
        let peer = Peer::new("c-1", "d_2").expect("plain ids");
        for way in [Way::Up, Way::Down, Way::State] {
            assert_eq!(Peer::parse(&peer.topic(way)), Some((peer.clone(), way)));
        }
        assert_eq!(peer.topic(Way::Up), "chairside/1/clinic/c-1/d_2/up");
        assert_eq!(peer.user_name(), "c-1.d_2");
        for other in [
            "",
            "chairside/1/clinic/c/d",
            "chairside/1/clinic/c/d/",
            "chairside/1/clinic/c/d/sideways",
            "chairside/1/clinic/c/d/up/",
            "chairside/1/clinic/c/d/up/x",
            "chairside/1/clinic//d/up",
            "chairside/1/clinic/+/d/up",
            "chairside/2/clinic/c/d/up",
            "chairside/1/clinics/c/d/up",
            "/chairside/1/clinic/c/d/up",
            EVERY_UP,
        ] {
            assert_eq!(Peer::parse(other), None, "{other}");
        }
    }

    #[test]
    fn ids_that_would_mean_something_in_a_topic_are_refused() {
        let long = "x".repeat(65);
        for id in ["", "a/b", "+", "#", "a#", "a+b", "a b", "a.b", "a\n", "a\0", "å", long.as_str()] {
            assert_eq!(Peer::new(id, "d"), Err(BadId(id.to_owned())));
            assert_eq!(Peer::new("c", id), Err(BadId(id.to_owned())));
        }
    }

    #[test]
    fn filters_and_topics_are_told_apart() {
        for (text, topic, filter) in [
            ("a/b", true, true),
            ("a/+/b", false, true),
            ("#", false, true),
            ("a/#", false, true),
            ("+", false, true),
            ("a/#/b", false, false),
            ("a#", false, false),
            ("a/b+", false, false),
            ("", false, false),
            ("a\0", false, false),
        ] {
            assert_eq!((is_topic(text), is_filter(text)), (topic, filter), "{text}");
        }
    }

    #[test]
    fn a_filter_covers_what_lies_within_it() {
        for (wide, narrow, covered) in [
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
            ("a/b/c", "a/b", false),
            ("a/+/c", "a/b/c", true),
            ("a/+/c", "a/+/c", true),
            ("a/b/c", "a/+/c", false),
            ("a/+", "a/#", false),
            ("a/#", "a/+/c", true),
            ("a/#", "a", true),
            ("a/#", "b", false),
            ("#", "a/#", true),
            (EVERY_UP, "chairside/1/clinic/c/d/up", true),
            (EVERY_UP, "chairside/1/clinic/c/d/down", false),
            (EVERY_UP, "chairside/#", false),
        ] {
            assert_eq!(covers(wide, narrow), covered, "{wide} {narrow}");
        }
    }
}
