//! The socket a running service can be asked over: one question, one answer,
//! each a line of JSON.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::ask::{Answer, Ask, Refused};
use super::work::Operator;
use crate::store::Storage;

/// The socket's name in the store's folder.
pub const SOCKET: &str = "operator.sock";

/// A question may hold so much; the longest is a clinic with its facts.
const QUESTION_BYTES: u64 = 1 << 20;

/// Who has come in says what they want within this.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a refused accept is left alone: too many open files end by themselves.
const PAUSE: Duration = Duration::from_millis(200);

/// What a socket's address can hold at least, wherever it is.
const ADDRESS_BYTES: usize = 100;

/// The socket of a running service, in its store's folder. Gone with it.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    path: PathBuf,
}

impl Door {
    /// Opens it. Whoever calls this owns the store: what is there already was
    /// left by a process that has ended.
    ///
    /// # Errors
    /// The system's, where no socket can be made there.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(SOCKET);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = short(folder, |path| UnixListener::bind(path))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Answers whoever comes, until it is dropped.
    pub async fn answer<S: Storage>(self, operator: Operator<S>) {
        let operator = Arc::new(operator);
        let mut guests = JoinSet::new();
        loop {
            tokio::select! {
                came = self.listener.accept() => match came {
                    Ok((stream, _)) => {
                        let operator = Arc::clone(&operator);
                        guests.spawn(async move {
                            if let Err(error) = receive(stream, &operator).await {
                                tracing::info!(%error, "an operator left before the answer");
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "an operator could not be let in");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
                Some(_) = guests.join_next() => {}
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the operator's socket was gone already");
        }
    }
}

async fn receive<S: Storage>(stream: UnixStream, operator: &Operator<S>) -> io::Result<()> {
    // The file's mode says so too, but not from the first instant on.
    let guest = stream.peer_cred()?.uid();
    if guest != rustix::process::geteuid().as_raw() && guest != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let (reading, mut writing) = stream.into_split();
    let mut line = String::new();
    let mut reading = BufReader::new(reading.take(QUESTION_BYTES));
    let read = tokio::time::timeout(PATIENCE, reading.read_line(&mut line));
    read.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let answer = match serde_json::from_str::<Ask>(&line) {
        Ok(ask) => operator.answer(ask).await,
        Err(error) => Err(Refused::new("unknown_ask", error)),
    };
    let mut bytes = serde_json::to_vec(&answer)?;
    bytes.push(b'\n');
    writing.write_all(&bytes).await?;
    writing.shutdown().await
}

/// Somebody who was let in.
#[derive(Debug)]
pub struct Visit(UnixStream);

/// Goes to the service that has the store in `folder`.
///
/// # Errors
/// The system's; nobody is there, or not yet.
pub async fn knock(folder: &Path) -> io::Result<Visit> {
    let stream = short(folder, |path| std::os::unix::net::UnixStream::connect(path))?;
    stream.set_nonblocking(true)?;
    Ok(Visit(UnixStream::from_std(stream)?))
}

impl Visit {
    /// Asks and waits for the answer, as long as it takes.
    ///
    /// # Errors
    /// [`Refused`]; `no_answer` where the service went away: it may have been
    /// done all the same.
    pub async fn ask(mut self, ask: &Ask) -> Result<Answer, Refused> {
        let broken = |error: io::Error| Refused::new("no_answer", error);
        let mut bytes = serde_json::to_vec(ask).map_err(|error| Refused::new("unknown_ask", error))?;
        bytes.push(b'\n');
        self.0.write_all(&bytes).await.map_err(broken)?;
        let mut said = Vec::new();
        self.0.read_to_end(&mut said).await.map_err(broken)?;
        let answer: Result<Answer, Refused> =
            serde_json::from_slice(&said).map_err(|error| Refused::new("no_answer", error))?;
        answer
    }
}

/// Does something with the socket of a folder by an address that fits: where
/// its path is longer than an address may be, by way of the open folder.
fn short<T>(folder: &Path, work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = folder.join(SOCKET);
    if path.as_os_str().len() < ADDRESS_BYTES || !cfg!(target_os = "linux") {
        return work(&path);
    }
    let open = std::fs::File::open(folder)?;
    work(&Path::new("/proc/self/fd").join(open.as_raw_fd().to_string()).join(SOCKET))
}
