//! Where mails go: a mail server, or a folder while developing.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

/// How long a mail server may take over one command. Some look a sender up
/// before they answer; one that is silent for longer won't.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How a mail server is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// Plain to begin with, and TLS before anything is said, or nothing is.
    StartTls,
    /// Plain text; to this machine only.
    Plain,
}

/// Takes mails.
#[derive(Clone, Debug)]
pub struct Post(Way);

#[derive(Clone, Debug)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// Why there is no post, or it didn't take a mail. No address stands in it.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Plain text would leave this machine.
    #[error("plain text goes to this machine only")]
    PlainAbroad,
    /// The server can't be reached, or refuses for now.
    #[error("the mail server doesn't take it now")]
    Later,
    /// The server refuses the mail itself.
    #[error("the mail server refuses it")]
    Refused,
    /// What TLS needs isn't there.
    #[error("TLS can't be set up: {0}")]
    Tls(#[source] lettre::transport::smtp::Error),
    /// A file couldn't be written.
    #[error("the mail couldn't be put into its folder: {0}")]
    File(#[from] std::io::Error),
}

impl PostError {
    /// A stable word for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PlainAbroad => "smtp_plain_abroad",
            Self::Later => "smtp_later",
            Self::Refused => "smtp_refused",
            Self::Tls(_) => "smtp_tls",
            Self::File(_) => "mail_folder",
        }
    }
}

impl Post {
    /// A mail server.
    ///
    /// # Errors
    /// [`PostError::PlainAbroad`] for plain text to anything but a loopback
    /// address (names are not looked up: `localhost` is whatever a file says);
    /// [`PostError::Tls`].
    pub fn smtp(
        host: &str,
        port: u16,
        security: Security,
        credentials: Option<(String, String)>,
        patience: Duration,
    ) -> Result<Self, PostError> {
        let tls = || TlsParameters::new(host.to_owned()).map_err(PostError::Tls);
        let tls = match security {
            Security::Tls => Tls::Wrapper(tls()?),
            Security::StartTls => Tls::Required(tls()?),
            Security::Plain if host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) => Tls::None,
            Security::Plain => return Err(PostError::PlainAbroad),
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host).port(port).tls(tls).timeout(Some(patience));
        if let Some((user, password)) = credentials {
            builder = builder.credentials(Credentials::new(user, password));
        }
        Ok(Self(Way::Smtp(builder.build())))
    }

    /// A folder that gets one `.eml` file per mail.
    ///
    /// # Errors
    /// [`PostError::File`] where it can't be made.
    pub fn folder(folder: &Path) -> Result<Self, PostError> {
        std::fs::create_dir_all(folder)?;
        Ok(Self(Way::Folder(folder.to_owned())))
    }

    /// Hands a mail over; `name` is its file's in a folder, where the same one
    /// handed over twice stands once.
    ///
    /// # Errors
    /// [`PostError::Later`], [`PostError::Refused`], [`PostError::File`]. After
    /// each of them the other side may have it all the same.
    pub async fn take(&self, message: Message, name: &str) -> Result<(), PostError> {
        match &self.0 {
            Way::Smtp(server) => match server.send(message).await {
                Ok(_) => Ok(()),
                // What the server said may name the address: only its kind is kept.
                Err(error) if error.is_permanent() && !is_of_sender(&error) => Err(PostError::Refused),
                Err(_) => Err(PostError::Later),
            },
            Way::Folder(folder) => {
                let (path, rough) = (folder.join(format!("{name}.eml")), folder.join(format!(".{name}.part")));
                let bytes = message.formatted();
                let written = tokio::task::spawn_blocking(move || write(&rough, &path, &bytes)).await;
                Ok(written.map_err(std::io::Error::other)??)
            }
        }
    }
}

/// Whether a refusal is of us and not of the mail (RFC 4954: who is it?, and
/// with what right?): another mail would be refused as well, and once a person
/// has put it right this one won't be.
fn is_of_sender(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|status| matches!(u16::from(status), 530 | 534 | 535 | 538))
}

/// Whoever looks into the folder sees a whole mail or none.
fn write(rough: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(rough)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(rough, path)
}

/// Who mails come from.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The name and address patients see.
    pub from: Mailbox,
}

impl Sender {
    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_this_machine() {
        let plain = |host| Post::smtp(host, 25, Security::Plain, None, PATIENCE);
        assert!(matches!(plain("mail.example.org"), Err(PostError::PlainAbroad)));
        assert!(matches!(plain("192.0.2.1"), Err(PostError::PlainAbroad)));
        assert!(matches!(plain("localhost"), Err(PostError::PlainAbroad)));
        assert!(plain("127.0.0.1").is_ok() && plain("::1").is_ok());
    }
}
