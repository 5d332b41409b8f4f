//! Who may publish and hear what at a broker, as data: the broker inside the
//! process follows it, and Mosquitto's files are written from it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{self, Write};

use crate::topics::{EVERY_DOWN, EVERY_STATE, EVERY_UP, Peer, Way, covers};

/// What central is called at a broker.
pub const CENTRAL: &str = "central";

/// Everybody whom a broker lets in. Whoever is not in it may nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access(BTreeMap<String, Client>);

/// One client of a broker, its proof and its rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    name: String,
    proof: Proof,
    publish: Vec<String>,
    subscribe: Vec<String>,
}

/// How a client shows that it is who it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// With a certificate whose common name is the client's.
    Certificate,
    /// The same, for this key and no other: a certificate for a key that the
    /// client had before is worth nothing. Mosquitto does not look at keys.
    Key(KeyDigest),
    /// With a password; for brokers on loopback.
    Password(PasswordDigest),
}

/// What is kept of a certificate's public key: BLAKE3 of its
/// `SubjectPublicKeyInfo`, as DER.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyDigest(pub [u8; 32]);

impl KeyDigest {
    /// Of a `SubjectPublicKeyInfo`, as DER.
    pub fn of(public_key: &[u8]) -> Self {
        Self(*blake3::hash(public_key).as_bytes())
    }
}

/// What is kept of a password. Only for passwords drawn at random, of at
/// least 128 bits: it is one pass of BLAKE3, nothing slow.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordDigest(blake3::Hash);

impl PasswordDigest {
    /// Of a password.
    pub fn of(password: &[u8]) -> Self {
        Self(blake3::Hasher::new_derive_key("chairside 2026 password at the broker").update(password).finalize())
    }

    /// From what [`bytes`](Self::bytes) gave.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(blake3::Hash::from_bytes(bytes))
    }

    /// For keeping.
    pub fn bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl Client {
    /// A desk: says `up` and leaves its `state` as a will, hears `down`, of its own.
    pub fn desk(peer: &Peer, proof: Proof) -> Self {
        Self {
            name: peer.user_name(),
            proof,
            publish: vec![peer.topic(Way::Up), peer.topic(Way::State)],
            subscribe: vec![peer.topic(Way::Down)],
        }
    }

    /// Central: says `down` to everybody, hears everybody's `up` and `state`.
    pub fn central(proof: Proof) -> Self {
        Self {
            name: CENTRAL.to_owned(),
            proof,
            publish: vec![EVERY_DOWN.to_owned()],
            subscribe: vec![EVERY_UP.to_owned(), EVERY_STATE.to_owned()],
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it shows who it is.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Whether it may publish to this topic.
    pub fn may_publish(&self, topic: &str) -> bool {
        self.publish.iter().any(|right| covers(right, topic))
    }

    /// Whether it may hear all that this filter names.
    pub fn may_subscribe(&self, filter: &str) -> bool {
        self.subscribe.iter().any(|right| covers(right, filter))
    }
}

impl Access {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a client in, or gives one that is in other rights.
    pub fn add(&mut self, client: Client) {
        self.0.insert(client.name.clone(), client);
    }

    /// As [`add`](Self::add), for building.
    #[must_use]
    pub fn with(mut self, client: Client) -> Self {
        self.add(client);
        self
    }

    /// Lets a client in no more; whether it was.
    pub fn remove(&mut self, name: &str) -> bool {
        match self.0.entry(name.to_owned()) {
            Entry::Occupied(entry) => {
                entry.remove();
                true
            }
            Entry::Vacant(_) => false,
        }
    }

    /// The client of this name.
    pub fn client(&self, name: &str) -> Option<&Client> {
        self.0.get(name)
    }

    /// All, by name.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.0.values()
    }

    /// The same rights as an ACL file of Mosquitto's (`acl_file`). With
    /// `use_identity_as_username true` a certificate's common name is the user.
    /// Mosquitto answers a subscription it does not allow as if it did; then
    /// nothing comes.
    pub fn mosquitto_acl(&self) -> String {
        let mut file = String::from("# Generated. Whoever is not named here may nothing.\n");
        for client in self.clients() {
            let publish = client.publish.iter().map(|topic| ("write", topic));
            let subscribe = client.subscribe.iter().map(|topic| ("read", topic));
            write!(file, "\nuser {}\n", client.name).expect("a String takes all");
            for (right, topic) in publish.chain(subscribe) {
                writeln!(file, "topic {right} {topic}").expect("a String takes all");
            }
        }
        file
    }
}

impl fmt::Debug for PasswordDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordDigest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> Peer {
        Peer::new("c1", "d1").expect("plain ids")
    }

    #[test]
    fn a_desk_may_speak_and_hear_for_itself_alone() {
        let desk = Client::desk(&peer(), Proof::Certificate);
        let other = Peer::new("c1", "d2").expect("plain ids");
        assert!(desk.may_publish(&peer().topic(Way::Up)) && desk.may_publish(&peer().topic(Way::State)));
        assert!(desk.may_subscribe(&peer().topic(Way::Down)));
        for topic in [peer().topic(Way::Down), other.topic(Way::Up), "#".to_owned()] {
            assert!(!desk.may_publish(&topic), "{topic}");
        }
        for filter in [peer().topic(Way::Up), other.topic(Way::Down), "#".to_owned(), EVERY_DOWN.to_owned()] {
            assert!(!desk.may_subscribe(&filter), "{filter}");
        }
    }

    #[test]
    fn central_may_speak_to_all_and_hear_all() {
        let central = Client::central(Proof::Certificate);
        assert!(central.may_publish(&peer().topic(Way::Down)) && !central.may_publish(&peer().topic(Way::Up)));
        assert!(central.may_subscribe(EVERY_UP) && central.may_subscribe(EVERY_STATE));
        assert!(!central.may_subscribe(EVERY_DOWN) && !central.may_subscribe("#"));
    }

    #[test]
    fn mosquittos_file_says_the_same() {
        let access =
            Access::new().with(Client::desk(&peer(), Proof::Certificate)).with(Client::central(Proof::Certificate));
        assert_eq!(
            access.mosquitto_acl(),
            "# Generated. Whoever is not named here may nothing.

user c1.d1
topic write chairside/1/clinic/c1/d1/up
topic write chairside/1/clinic/c1/d1/state
topic read chairside/1/clinic/c1/d1/down

user central
topic write chairside/1/clinic/+/+/down
topic read chairside/1/clinic/+/+/up
topic read chairside/1/clinic/+/+/state
"
        );
    }

    #[test]
    fn a_password_is_known_by_its_digest() {
        let digest = PasswordDigest::of(b"secret");
        assert_eq!(PasswordDigest::from_bytes(*digest.bytes()), PasswordDigest::of(b"secret"));
        assert_ne!(digest, PasswordDigest::of(b"Secret"));
        assert_eq!(format!("{digest:?}"), "PasswordDigest");
    }
}
