//! One MQTT line for all clinics: what desks say goes to their clinic's actor,
//! what the actor says goes to the desk it speaks with.
//!
//! **Promise.** A desk is heard for the clinic on whose topics the broker let
//! it speak and for no other, and only while it is among that clinic's devices:
//! one that is shown out is not heard any more from that moment on, whatever
//! the broker does. No clinic waits for another. Nothing is promised to
//! arrive; the protocol asks again.
//!
//! **To carry it over something else than MQTT:** hand each clinic's
//! [`Carrier`] to that, as [`Link::add`] does; nothing else knows of topics.

mod devices;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chairside_mqtt::topics::{EVERY_STATE, EVERY_UP, Peer, Way};
use chairside_mqtt::{Address, Event, Events, Login, Settings, SettingsError, Tls, open};
use chairside_schedule::ClinicId;
use ring::signature::{ED25519, UnparsedPublicKey};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle};
use uuid::Uuid;

use crate::clock::random_number;
use crate::engine::{Carrier, Engine, FromHub, Handle, Line, Verifying};
use crate::store::Storage;
use devices::{Devices, To};

/// How central reaches the broker.
#[derive(Clone, Debug)]
pub struct LinkSettings {
    /// Where it listens.
    pub address: Address,
    /// Name and password, where the broker knows central by these.
    pub login: Option<Login>,
    /// Whom to trust and who we are; needed for `mqtts://`.
    pub tls: Option<Tls>,
}

/// A clinic as the link needs to know it.
#[derive(Clone)]
pub struct LinkedClinic {
    /// Its id.
    pub id: ClinicId,
    /// The installations that may speak for it.
    pub devices: BTreeSet<Uuid>,
    /// Whether a signature is the clinic's; [`verifying`] where it has a key.
    pub verifying: Verifying,
}

/// The line and everybody reached over it. Dropping it breaks it off;
/// [`close`](Self::close) takes leave.
#[derive(Debug)]
pub struct Link {
    line: chairside_mqtt::Line,
    posts: Posts,
    task: JoinHandle<()>,
    closing: watch::Sender<bool>,
}

/// Where each clinic's bytes go.
#[derive(Clone, Debug, Default)]
struct Posts(Arc<Mutex<HashMap<ClinicId, Post>>>);

#[derive(Debug)]
struct Post {
    incoming: mpsc::Sender<FromHub>,
    devices: Devices,
    carrying: AbortHandle,
}

/// Checks signatures with a clinic's Ed25519 key, 32 bytes.
pub fn verifying(public_key: Vec<u8>) -> Verifying {
    let key = UnparsedPublicKey::new(&ED25519, public_key);
    Arc::new(move |hash, signature| key.verify(&hash.0, signature).is_ok())
}

/// Opens the line and starts every clinic's actor on it. It connects by itself,
/// now and whenever it lost the broker.
///
/// # Errors
/// [`SettingsError`] where the settings could never work; a broker that isn't
/// there is none.
pub fn start<S: Storage>(
    engine: &Engine<S>,
    settings: LinkSettings,
    clinics: impl IntoIterator<Item = LinkedClinic>,
) -> Result<Link, SettingsError> {
    let mut mqtt = Settings::new(settings.address, "central").for_many_peers();
    mqtt.login = settings.login;
    mqtt.tls = settings.tls;
    mqtt.subscriptions = vec![EVERY_UP.to_owned(), EVERY_STATE.to_owned()];
    let (line, events) = open(mqtt, Arc::new(random_number))?;
    let posts = Posts::default();
    let (closing, closed) = watch::channel(false);
    let task = tokio::spawn(deliver(events, posts.clone(), closed));
    let link = Link { line, posts, task, closing };
    for clinic in clinics {
        link.add(engine, clinic);
    }
    Ok(link)
}

impl Link {
    /// Starts a clinic's actor on the line; one that ran before is ended.
    pub fn add<S: Storage>(&self, engine: &Engine<S>, clinic: LinkedClinic) -> Handle {
        let (line, Carrier { incoming, outgoing }) = Line::new();
        let carrying = tokio::spawn(carry(clinic.id, outgoing, self.posts.clone(), self.line.clone()));
        let post = Post { incoming, devices: Devices::new(clinic.devices), carrying: carrying.abort_handle() };
        if let Some(before) = self.posts.all().insert(clinic.id, post) {
            before.carrying.abort();
        }
        engine.start(clinic.id, line, clinic.verifying)
    }

    /// Hears a device of a clinic from now on; `false` where the clinic isn't here.
    pub fn let_in(&self, clinic: ClinicId, device: Uuid) -> bool {
        self.posts.all().get_mut(&clinic).map(|post| post.devices.let_in(device)).is_some()
    }

    /// Hears a device no more, from this moment on. The session it had is over.
    pub fn show_out(&self, clinic: ClinicId, device: Uuid) {
        if let Some(post) = self.posts.all().get_mut(&clinic)
            && post.devices.show_out(device)
        {
            post.hand_in(clinic, FromHub::Gone);
        }
    }

    /// Whether the broker is reached.
    pub fn is_up(&self) -> bool {
        self.line.is_up()
    }

    /// Takes leave of the broker. Actors are for the engine to end, before.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        // Its task lets go of this as it ends.
        self.closing.closed().await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
        self.posts.all().drain().for_each(|(_, post)| post.carrying.abort());
    }
}

impl Posts {
    fn all(&self) -> MutexGuard<'_, HashMap<ClinicId, Post>> {
        // Never held across a wait, and each change of it is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message came.
    fn take(&self, topic: &str, payload: &[u8]) {
        let Some((peer, way)) = Peer::parse(topic) else { return };
        let ids = Uuid::parse_str(peer.clinic()).ok().zip(Uuid::parse_str(peer.device()).ok());
        let Some((clinic, device)) = ids else { return };
        let clinic = ClinicId(clinic);
        let mut all = self.all();
        let Some(post) = all.get_mut(&clinic) else {
            return tracing::info!(%clinic, "somebody spoke for a clinic that isn't here");
        };
        match way {
            Way::Up if post.devices.may_say(clinic, device, payload) => {
                post.hand_in(clinic, FromHub::Said(payload.to_vec()));
            }
            Way::State if post.devices.is_gone(device, payload) => post.hand_in(clinic, FromHub::Gone),
            Way::Up | Way::State | Way::Down => {
                tracing::info!(%clinic, %device, "a message of a device was not heard");
            }
        }
    }

    /// The broker is lost, and with it everybody.
    fn all_gone(&self) {
        for (clinic, post) in self.all().iter_mut() {
            post.hand_in(*clinic, FromHub::Gone);
        }
    }
}

impl Post {
    /// Never waits: an actor that is behind asks again for what it misses.
    fn hand_in(&self, clinic: ClinicId, said: FromHub) {
        if let Err(error) = self.incoming.try_send(said) {
            tracing::debug!(%clinic, %error, "a message was not taken");
        }
    }
}

/// Hands on what comes, until told to close.
async fn deliver(mut events: Events, posts: Posts, mut closing: watch::Receiver<bool>) {
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = closing.wait_for(|closing| *closing) => break,
        };
        match event {
            Some(Event::Message { topic, payload }) => posts.take(&topic, &payload),
            Some(Event::Up) => tracing::info!("the broker is reached"),
            Some(Event::Down { why, unsent }) => {
                tracing::warn!(why = why.word(), unsent, "the broker can't be reached");
                posts.all_gone();
            }
            Some(Event::Refused { topic, reason }) => {
                tracing::warn!(%topic, reason = reason.word(), "the broker refused a message");
            }
            Some(Event::Denied { filter, reason }) => {
                tracing::error!(%filter, reason = reason.word(), "the broker denied a topic");
            }
            Some(Event::TooLong { topic, bytes }) => tracing::warn!(%topic, bytes, "a message was too long"),
            None => return,
        }
    }
    events.close().await;
}

/// Publishes what a clinic's actor says.
async fn carry(clinic: ClinicId, mut outgoing: mpsc::Receiver<Vec<u8>>, posts: Posts, line: chairside_mqtt::Line) {
    while let Some(bytes) = outgoing.recv().await {
        let to = posts.all().get_mut(&clinic).map_or(To::Nobody, |post| post.devices.to(clinic, &bytes));
        let devices = match to {
            To::Nobody => continue,
            To::One(device) => vec![device],
            To::Everybody(devices) => devices,
        };
        for device in devices {
            let Ok(peer) = Peer::new(&clinic.0.to_string(), &device.to_string()) else { continue };
            if let Err(error) = line.send(&peer.topic(Way::Down), bytes.clone()).await {
                tracing::debug!(%clinic, %error, "a message was not sent");
            }
        }
    }
}
