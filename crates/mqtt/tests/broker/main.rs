//! The broker as a process of its own, for tests that stop and kill it:
//! `chairside-broker 127.0.0.1:PORT FOLDER`. The folder holds `clients`, a line
//! for each: its name, and its password where it has no certificate; and, for
//! TLS, `ca.pem`, `broker.pem` and `broker.key`. Says `ready` once it listens.

use std::error::Error;
use std::fs::read_to_string;
use std::path::Path;

use chairside_mqtt::Identity;
use chairside_mqtt::access::{Access, CENTRAL, Client, PasswordDigest, Proof};
use chairside_mqtt::broker::{Broker, BrokerSettings, BrokerTls};
use chairside_mqtt::topics::Peer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, folder] = arguments.as_slice() else {
        return Err("chairside-broker ADDRESS FOLDER".into());
    };
    let folder = Path::new(folder);
    let mut settings = BrokerSettings::new(listen.parse()?, access(&read_to_string(folder.join("clients"))?)?);
    if folder.join("broker.key").exists() {
        let identity = Identity {
            certificates: read_to_string(folder.join("broker.pem"))?,
            key: read_to_string(folder.join("broker.key"))?,
        };
        settings.tls = Some(BrokerTls { identity, client_ca: read_to_string(folder.join("ca.pem"))? });
    }
    let broker = Broker::start(settings).await?;
    println!("ready");
    // Whoever started it ends it, with a signal.
    std::future::pending::<()>().await;
    broker.stop().await;
    Ok(())
}

fn access(clients: &str) -> Result<Access, Box<dyn Error>> {
    let mut access = Access::new();
    for line in clients.lines() {
        let mut words = line.split(' ');
        let name = words.next().ok_or("a client without a name")?;
        let proof = match words.next() {
            Some(password) => Proof::Password(PasswordDigest::of(password.as_bytes())),
            None => Proof::Certificate,
        };
        if name == CENTRAL {
            access.add(Client::central(proof));
        } else {
            let (clinic, device) = name.split_once('.').ok_or("a desk is CLINIC.DEVICE")?;
            access.add(Client::desk(&Peer::new(clinic, device)?, proof));
        }
    }
    Ok(access)
}
