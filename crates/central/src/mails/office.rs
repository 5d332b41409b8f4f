//! The post office that `serve` opens: where mails go, from whom, and until when.

use std::path::PathBuf;
use std::sync::Arc;

use lettre::message::Mailbox;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::link::PageLinks;
use super::post::{PATIENCE, Post, PostError, Security, Sender};
use super::sending::Sending;
use crate::engine::Engine;
use crate::keys::Keys;
use crate::settings::Secret;
use crate::store::Storage;

/// Ports of mail servers, where nobody names another.
const TLS_PORT: u16 = 465;
const SUBMISSION_PORT: u16 = 587;

/// How mails are sent.
#[derive(Clone, Debug, Serialize)]
pub struct MailSettings {
    /// Where they go; nowhere where it is none, and they wait.
    pub way: Option<Way>,
    /// Who they come from.
    pub from: String,
    /// Where patients find central; links lead there.
    pub page: String,
}

/// Where mails go.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// `smtps://NAME:WORD@HOST:PORT` or `smtp://…`.
    Smtp(Secret),
    /// A folder, while developing.
    Folder(PathBuf),
}

/// A mail server, read from its address.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerAddress {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<(String, String)>,
}

impl ServerAddress {
    /// Reads `smtps://name:word@host:port` (TLS from the first byte) or
    /// `smtp://…` (TLS before anything is said; plain text to a loopback
    /// address only). Name, word and port may be missing; `%40` stands for `@`
    /// in the first two.
    pub fn parse(text: &str) -> Option<Self> {
        let (security, rest) = match text.split_once("://")? {
            ("smtps", rest) => (Security::Tls, rest),
            ("smtp", rest) => (Security::StartTls, rest),
            _ => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, at) = match rest.rsplit_once('@') {
            Some((login, at)) => (Some(login), at),
            None => (None, rest),
        };
        let credentials = match login.map(|login| login.split_once(':')) {
            Some(Some((name, word))) => Some((unescaped(name)?, unescaped(word)?)),
            Some(None) => return None,
            None => None,
        };
        let usual = if security == Security::Tls { TLS_PORT } else { SUBMISSION_PORT };
        // An address of six is written in brackets, whose colons are no port's.
        let (host, port) = match at.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (at, usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c));
        let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let security = if security == Security::StartTls && loopback { Security::Plain } else { security };
        is_host.then_some(Self { host, port, security, credentials })
    }
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

/// Why no post office can be opened.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The way there is none.
    #[error(transparent)]
    Post(#[from] PostError),
    /// That is no address of a mail server.
    #[error("the mail server's address can't be read")]
    Server,
    /// Nobody can be written to by that name.
    #[error("the address mails come from can't be read")]
    From,
}

/// Sends mails until it is closed.
#[derive(Debug)]
pub struct Office {
    close: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Opens the post office; none where mails have no way to go, and wait in the outbox.
///
/// # Errors
/// [`OfficeError`].
pub fn start<S: Storage>(
    engine: &Engine<S>,
    settings: &MailSettings,
    keys: Keys,
) -> Result<Option<Office>, OfficeError> {
    let post = match &settings.way {
        None => {
            tracing::warn!("there is no way to send mails (--smtp or --mail-dir): they wait in the outbox");
            return Ok(None);
        }
        Some(Way::Folder(folder)) => Post::folder(folder)?,
        Some(Way::Smtp(address)) => {
            let server = ServerAddress::parse(address.reveal()).ok_or(OfficeError::Server)?;
            Post::smtp(&server.host, server.port, server.security, server.credentials, PATIENCE)?
        }
    };
    let sender = Sender { from: settings.from.parse::<Mailbox>().map_err(|_| OfficeError::From)? };
    let links = Arc::new(PageLinks::new(&settings.page, keys.clone()));
    let sending = Sending::new(engine.storage().clone(), engine.clock().clone(), post, sender, links, keys);
    let sending = sending.counted(engine.metrics().clone());
    let (close, mut closed) = watch::channel(false);
    let mails = engine.mails();
    let task = tokio::spawn(async move {
        sending
            .run(mails, async move {
                // An error means that the office is gone, which ends it too.
                drop(closed.wait_for(|closed| *closed).await);
            })
            .await;
    });
    Ok(Some(Office { close, task }))
}

impl Office {
    /// Begins no more mails, and waits a little for those on their way.
    pub async fn close(self) {
        self.close.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "sending mails ended in a panic");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_servers_address_is_read_whole_or_not_at_all() {
        let parsed = |text| ServerAddress::parse(text).map(|to| (to.host, to.port, to.security, to.credentials));
        let host = || "mail.example.org".to_owned();
        assert_eq!(parsed("smtps://mail.example.org"), Some((host(), 465, Security::Tls, None)));
        assert_eq!(parsed("smtp://mail.example.org:25/"), Some((host(), 25, Security::StartTls, None)));
        let login = Some(("a@b".to_owned(), "p:w%".to_owned()));
        assert_eq!(parsed("smtps://a%40b:p:w%25@mail.example.org"), Some((host(), 465, Security::Tls, login)));
        assert_eq!(parsed("smtp://127.0.0.1:2525"), Some(("127.0.0.1".to_owned(), 2525, Security::Plain, None)));
        assert_eq!(parsed("smtp://[::1]:2525"), Some(("::1".to_owned(), 2525, Security::Plain, None)));
        assert_eq!(parsed("smtp://[::1]"), Some(("::1".to_owned(), 587, Security::Plain, None)));
        for nonsense in ["", "mail.example.org", "http://a", "smtp://", "smtp://a:b", "smtp://name@host", "smtp://a b"]
        {
            assert!(parsed(nonsense).is_none(), "{nonsense}");
        }
    }
}
