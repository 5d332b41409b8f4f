//! A clinic's devices: who may speak for it, and who is spoken with.

use std::collections::{BTreeSet, VecDeque};

use chairside_schedule::ClinicId;
use chairside_sync::body::Id;
use chairside_sync::wire::{Envelope, Message};
use uuid::Uuid;

/// Sessions whose devices are remembered: the running one, and what is still
/// answered to those who said hello beside it.
const SESSIONS: usize = 16;

/// A clinic's devices and their latest sessions.
#[derive(Debug)]
pub struct Devices {
    allowed: BTreeSet<Uuid>,
    /// Which device drew which session, the latest last.
    sessions: VecDeque<(u64, Uuid)>,
    /// The session that was begun last, which is the one that runs.
    running: Option<u64>,
}

/// Whom a message is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum To {
    /// Nobody that is known.
    Nobody,
    /// The device that drew the session it is said in.
    One(Uuid),
    /// It is said outside of any session, to whoever hears it.
    Everybody(Vec<Uuid>),
}

impl Devices {
    pub fn new(allowed: BTreeSet<Uuid>) -> Self {
        Self { allowed, sessions: VecDeque::new(), running: None }
    }

    pub fn let_in(&mut self, device: Uuid) {
        self.allowed.insert(device);
    }

    /// True where it was the one spoken with.
    pub fn show_out(&mut self, device: Uuid) -> bool {
        self.allowed.remove(&device);
        let had = self.running.and_then(|session| self.device(session)) == Some(device);
        self.sessions.retain(|(_, drew)| *drew != device);
        if had {
            self.running = None;
        }
        had
    }

    /// Whether a device may say this: it is the clinic's, says hello as itself,
    /// and anything else in a session of its own.
    pub fn may_say(&mut self, clinic: ClinicId, device: Uuid, bytes: &[u8]) -> bool {
        if !self.allowed.contains(&device) {
            return false;
        }
        // What can't be read is for the protocol to refuse, by name.
        let Ok(envelope) = Envelope::from_bytes(bytes, Id::from(*clinic.bytes())) else { return true };
        match (&envelope.message, self.device(envelope.session)) {
            (_, Some(drew)) if drew != device => false,
            (Message::Hello(hello), _) if *hello.node != *device.as_bytes() => false,
            (Message::Hello(_), None) => {
                if self.sessions.len() == SESSIONS {
                    self.sessions.pop_front();
                }
                self.sessions.push_back((envelope.session, device));
                true
            }
            // In a session from before this process: it is asked to say hello.
            _ => true,
        }
    }

    /// Whether the last will of a device ends the session that runs: the
    /// number it left lies in the same half as that session's.
    pub fn is_gone(&self, device: Uuid, will: &[u8]) -> bool {
        let Ok(first) = <[u8; 8]>::try_from(will).map(u64::from_be_bytes) else { return false };
        self.running.is_some_and(|session| session >> 32 == first >> 32 && self.device(session) == Some(device))
    }

    /// Whom the clinic's actor speaks to.
    pub fn to(&mut self, clinic: ClinicId, bytes: &[u8]) -> To {
        let Ok(envelope) = Envelope::from_bytes(bytes, Id::from(*clinic.bytes())) else { return To::Nobody };
        if envelope.session == 0 {
            return To::Everybody(self.allowed.iter().copied().collect());
        }
        let device = self.device(envelope.session);
        if matches!(envelope.message, Message::Position(_)) && device.is_some() {
            self.running = Some(envelope.session);
        }
        device.map_or(To::Nobody, To::One)
    }

    fn device(&self, session: u64) -> Option<Uuid> {
        self.sessions.iter().find(|(number, _)| *number == session).map(|(_, device)| *device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chairside_sync::wire::{At, Beat, Hello, Position, VERSION};

    const CLINIC: ClinicId = ClinicId(Uuid::from_u128(0xc11));
    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn said(session: u64, message: Message) -> Vec<u8> {
        let clinic = Id::from(*CLINIC.bytes());
        Envelope { version: VERSION, clinic, session, nonce: 0, message }.to_bytes()
    }

    fn hello(session: u64, node: Uuid) -> Vec<u8> {
        let at = At { epoch: 1, incarnation: Id::from([1; 16]), seq: 0, hash: [0; 32].into() };
        let node = Id::from(*node.as_bytes());
        said(session, Message::Hello(Hello { node, tip: at, wall_ms: 0, oldest: 1, newest: VERSION, born: None }))
    }

    fn position(session: u64) -> Vec<u8> {
        let (at, incarnation) = (None, Id::from([2; 16]));
        let position = Position { at, incarnation, token: 1, again: false, surplus: 0, version: VERSION, wall_ms: 0 };
        said(session, Message::Position(position))
    }

    fn beat(session: u64) -> Vec<u8> {
        said(session, Message::Beat(Beat { seq: 0, wall_ms: 0, resent: None }))
    }

    #[test]
    fn a_device_speaks_for_itself_and_in_its_own_sessions() {
        let mut devices = Devices::new([ONE, OTHER].into());
        assert!(devices.may_say(CLINIC, ONE, &hello(7, ONE)));
        assert!(devices.may_say(CLINIC, ONE, &beat(7)));
        assert!(!devices.may_say(CLINIC, OTHER, &beat(7)), "in somebody else's session");
        assert!(!devices.may_say(CLINIC, OTHER, &hello(8, ONE)), "as somebody else");
        assert!(!devices.may_say(CLINIC, OTHER, &hello(7, OTHER)), "in somebody else's session");
        assert!(devices.may_say(CLINIC, OTHER, &beat(99)), "it may know of one that this process doesn't");
        assert!(!devices.may_say(CLINIC, Uuid::from_u128(3), &hello(9, Uuid::from_u128(3))), "nobody of the clinic's");
    }

    #[test]
    fn what_is_said_goes_to_whoever_drew_the_session() {
        let mut devices = Devices::new([ONE, OTHER].into());
        assert_eq!(devices.to(CLINIC, &position(7)), To::Nobody);
        assert!(devices.may_say(CLINIC, ONE, &hello(7, ONE)) && devices.may_say(CLINIC, OTHER, &hello(8, OTHER)));
        assert_eq!(devices.to(CLINIC, &position(7)), To::One(ONE));
        assert_eq!(devices.to(CLINIC, &beat(8)), To::One(OTHER));
        assert_eq!(devices.to(CLINIC, &said(0, Message::Who)), To::Everybody(vec![ONE, OTHER]));
    }

    #[test]
    fn a_will_ends_the_session_of_its_own_process_and_no_other() {
        let mut devices = Devices::new([ONE, OTHER].into());
        let (first, later) = (5_u64 << 32, 6_u64 << 32);
        assert!(devices.may_say(CLINIC, ONE, &hello(first + 1, ONE)));
        assert!(!devices.is_gone(ONE, &first.to_be_bytes()), "no session runs");
        assert_eq!(devices.to(CLINIC, &position(first + 1)), To::One(ONE));
        assert!(devices.is_gone(ONE, &first.to_be_bytes()));
        assert!(!devices.is_gone(OTHER, &first.to_be_bytes()) && !devices.is_gone(ONE, b"gone"));
        assert!(devices.may_say(CLINIC, ONE, &hello(later + 1, ONE)));
        assert_eq!(devices.to(CLINIC, &position(later + 1)), To::One(ONE));
        assert!(!devices.is_gone(ONE, &first.to_be_bytes()), "it came late");
    }

    #[test]
    fn who_is_shown_out_is_heard_no_more_until_let_in_again() {
        let mut devices = Devices::new([ONE].into());
        assert!(devices.may_say(CLINIC, ONE, &hello(7, ONE)));
        assert_eq!(devices.to(CLINIC, &position(7)), To::One(ONE));
        assert!(devices.show_out(ONE) && !devices.show_out(ONE));
        assert!(!devices.may_say(CLINIC, ONE, &beat(7)) && !devices.may_say(CLINIC, ONE, &hello(8, ONE)));
        assert_eq!(devices.to(CLINIC, &beat(7)), To::Nobody);
        devices.let_in(ONE);
        assert!(devices.may_say(CLINIC, ONE, &hello(9, ONE)));
    }
}
