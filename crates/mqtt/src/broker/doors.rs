//! Who is let in, who is in, and who has to leave.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mqtt5::broker::{AuthProvider, AuthResult};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use tokio::sync::{Notify, broadcast};

use crate::access::{Access, Client, KeyDigest, PasswordDigest, Proof};

/// The rights, and everybody inside, under one lock: so nobody comes in on
/// rights that were taken away a moment ago.
#[derive(Debug)]
pub(crate) struct Doors {
    inside: Mutex<Inside>,
    most: usize,
    /// Somebody left.
    left: Notify,
}

/// The certificate that a connection came with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Shown {
    /// Its common name.
    pub name: String,
    /// Its key.
    pub key: KeyDigest,
}

#[derive(Debug)]
struct Inside {
    access: Access,
    connections: HashMap<u64, Connection>,
    next: u64,
}

#[derive(Debug)]
struct Connection {
    /// Whose it is, once that is known, and the id it gave itself.
    who: Option<(String, String)>,
    out: broadcast::Sender<()>,
}

impl Doors {
    pub fn new(access: Access, most: usize) -> Self {
        let inside = Inside { access, connections: HashMap::new(), next: 0 };
        Self { inside: Mutex::new(inside), most, left: Notify::new() }
    }

    /// A place for a connection, if there is one left.
    pub fn enter(self: &Arc<Self>, certificate: Option<Shown>) -> Option<Doorkeeper> {
        let mut inside = self.lock();
        if inside.connections.len() >= self.most {
            return None;
        }
        let number = inside.next;
        inside.next += 1;
        let (out, _) = broadcast::channel(1);
        inside.connections.insert(number, Connection { who: None, out: out.clone() });
        Some(Doorkeeper { doors: Arc::clone(self), number, certificate, out })
    }

    pub async fn set_access(&self, access: Access) -> usize {
        let leaving: Vec<u64> = {
            let mut inside = self.lock();
            let before = std::mem::replace(&mut inside.access, access);
            let has_other_rights = |connection: &Connection| {
                let Some((name, _)) = &connection.who else { return false };
                inside.access.client(name) != before.client(name)
            };
            inside
                .connections
                .iter()
                .filter(|(_, connection)| has_other_rights(connection))
                .map(|(number, connection)| {
                    pull(&connection.out);
                    *number
                })
                .collect()
        };
        self.gone(|number| leaving.contains(number)).await;
        leaving.len()
    }

    /// Shows everybody out, and waits until they are gone.
    pub async fn empty(&self) {
        for connection in self.lock().connections.values() {
            pull(&connection.out);
        }
        self.gone(|_| true).await;
    }

    pub fn connected(&self) -> Vec<String> {
        let inside = self.lock();
        let mut names: Vec<_> =
            inside.connections.values().filter_map(|connection| Some(connection.who.as_ref()?.0.clone())).collect();
        names.sort();
        names
    }

    async fn gone(&self, which: impl Fn(&u64) -> bool) {
        loop {
            let left = self.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            if !self.lock().connections.keys().any(&which) {
                return;
            }
            left.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Nothing under the lock panics half-way.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pull(out: &broadcast::Sender<()>) {
    if out.send(()).is_err() {
        tracing::trace!("a connection that is to end has ended already");
    }
}

/// One connection's own: knows its certificate, and asks for every word what
/// the rights are now. Dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Doorkeeper {
    doors: Arc<Doors>,
    number: u64,
    certificate: Option<Shown>,
    out: broadcast::Sender<()>,
}

impl Doorkeeper {
    /// Heard when this connection has to end.
    pub fn out(&self) -> broadcast::Receiver<()> {
        self.out.subscribe()
    }

    /// The id the client gave itself, once it is let in.
    pub fn client_id(&self) -> Option<String> {
        Some(self.doors.lock().connections.get(&self.number)?.who.as_ref()?.1.clone())
    }

    fn let_in(&self, connect: &ConnectPacket) -> Option<String> {
        let mut inside = self.doors.lock();
        let name = match &self.certificate {
            Some(shown) => shown.name.clone(),
            None => connect.username.clone()?,
        };
        let shown = match inside.access.client(&name)?.proof() {
            Proof::Certificate => self.certificate.is_some(),
            Proof::Key(key) => self.certificate.as_ref().is_some_and(|shown| shown.key == *key),
            // One that shows a certificate is known by that alone.
            Proof::Password(digest) => {
                self.certificate.is_none() && *digest == PasswordDigest::of(connect.password.as_deref()?)
            }
        };
        if !shown {
            return None;
        }
        let connection = inside.connections.get_mut(&self.number)?;
        connection.who = Some((name.clone(), connect.client_id.clone()));
        Some(name)
    }

    fn may(&self, name: Option<&str>, what: impl Fn(&Client) -> bool) -> bool {
        let inside = self.doors.lock();
        name.and_then(|name| inside.access.client(name)).is_some_and(what)
    }
}

impl Drop for Doorkeeper {
    fn drop(&mut self) {
        self.doors.lock().connections.remove(&self.number);
        self.doors.left.notify_waiters();
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl AuthProvider for Doorkeeper {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        address: SocketAddr,
    ) -> Answer<'a, mqtt5::error::Result<AuthResult>> {
        let result = match self.let_in(connect) {
            Some(name) => AuthResult::success_with_user(name),
            None => {
                tracing::warn!(%address, client_id = %connect.client_id, "somebody is not let in");
                AuthResult::fail(ReasonCode::BadUsernameOrPassword)
            }
        };
        Box::pin(std::future::ready(Ok(result)))
    }

    fn authorize_publish<'a>(&'a self, _id: &str, name: Option<&'a str>, topic: &'a str) -> Answer<'a, bool> {
        Box::pin(std::future::ready(self.may(name, |client| client.may_publish(topic))))
    }

    fn authorize_subscribe<'a>(&'a self, _id: &str, name: Option<&'a str>, filter: &'a str) -> Answer<'a, bool> {
        Box::pin(std::future::ready(self.may(name, |client| client.may_subscribe(filter))))
    }
}
