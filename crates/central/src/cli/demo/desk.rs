//! A headless desk: a process that is watched, and started again when it dies.

use std::path::PathBuf;
use std::time::Duration;

use chairside_schedule::ClinicId;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::program::{DeskFiles, Pair, Program, ProgramError};
use crate::clock::Clock;
use crate::pairing;
use crate::store::{SqliteStorage, StorageError};

/// How long to wait before a desk that died is started again; twice as long each time.
const AGAIN_MS: u64 = 250;

/// The longest of these.
const AGAIN_MOST_MS: u64 = 10_000;

/// A desk that ran so long is well: its next end is a first one again.
const WELL_MS: u64 = 30_000;

/// How long a desk may take to end once told to.
const END_WITHIN: Duration = Duration::from_secs(20);

/// What a desk is started from, again and again.
pub struct Start {
    /// Its program.
    pub program: Program,
    /// Where it lies.
    pub files: DeskFiles,
    /// The folder of the built screens.
    pub screens: Option<PathBuf>,
    /// Which clinic.
    pub clinic: ClinicId,
    /// Where central is asked.
    pub central: String,
    /// Central's own store, where codes are drawn.
    pub storage: SqliteStorage,
    /// Central's clock.
    pub clock: Clock,
    /// Told where its screens are, whenever it was started.
    pub shown: mpsc::UnboundedSender<Shown>,
}

/// A desk's screens are there now.
#[derive(Debug)]
pub struct Shown {
    /// Whose.
    pub clinic: ClinicId,
    /// Where, with their token.
    pub url: String,
}

/// A desk that is watched.
pub struct Desk {
    ending: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Debug, thiserror::Error)]
enum DeskError {
    #[error(transparent)]
    Program(#[from] ProgramError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Desk {
    /// Starts it, and whenever it ends starts it again.
    pub fn open(start: Start) -> Self {
        let (ending, ends) = watch::channel(false);
        let task = tokio::spawn(keep(start, ends));
        Self { ending, task }
    }

    /// Tells it to end, and waits until it has.
    pub async fn close(self) {
        self.ending.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "what watches a desk failed");
        }
    }
}

async fn keep(start: Start, mut ends: watch::Receiver<bool>) {
    let mut again_ms = AGAIN_MS;
    while !*ends.borrow() {
        let began_ms = start.clock.now().steady_ms;
        match begin(&start).await {
            Ok(mut child) => {
                // Its input ends when this is dropped, by us or with this process.
                let lifeline = child.stdin.take();
                // Reading ends with the process that writes.
                let telling = child.stdout.take().map(|out| tokio::spawn(tell(out, start.clinic, start.shown.clone())));
                tokio::select! {
                    ended = child.wait() => tracing::warn!(clinic = %start.clinic, ?ended, "a desk ended by itself"),
                    () = is_true(&mut ends) => end(&mut child, start.clinic).await,
                }
                if let Some(telling) = telling {
                    telling.abort();
                }
                drop(lifeline);
            }
            Err(error) => tracing::error!(clinic = %start.clinic, %error, "a desk could not be started"),
        }
        if start.clock.now().steady_ms - began_ms >= WELL_MS {
            again_ms = AGAIN_MS;
        }
        tokio::select! {
            () = sleep(Duration::from_millis(again_ms)) => {}
            () = is_true(&mut ends) => {}
        }
        again_ms = (again_ms * 2).min(AGAIN_MOST_MS);
    }
}

/// Until it is true; whoever could say so being gone is as good.
pub async fn is_true(told: &mut watch::Receiver<bool>) {
    drop(told.wait_for(|told| *told).await);
}

/// Starts the process, with a code as long as it isn't paired.
async fn begin(start: &Start) -> Result<Child, DeskError> {
    let pair = if start.files.is_paired() {
        None
    } else {
        let drawn = pairing::draw_code(&start.storage, &start.clock, start.clinic).await?;
        Some(Pair { central: start.central.clone(), code: drawn.code.to_string() })
    };
    Ok(start.program.serve(&start.files, start.screens.as_deref(), pair)?)
}

/// Ends a desk in order, as whoever closes it does.
async fn end(child: &mut Child, clinic: ClinicId) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid
        && let Err(error) = kill_process(pid, Signal::TERM)
    {
        tracing::warn!(%clinic, %error, "a desk could not be told to end");
    }
    match timeout(END_WITHIN, child.wait()).await {
        Ok(Ok(status)) if status.success() => {}
        Ok(ended) => tracing::warn!(%clinic, ?ended, "a desk did not end in order"),
        Err(_) => {
            tracing::error!(%clinic, "a desk did not end in time and is killed");
            if let Err(error) = child.kill().await {
                tracing::error!(%clinic, %error, "a desk could not be killed");
            }
        }
    }
}

/// Reads what a desk says: one document that tells where its screens are.
async fn tell(out: ChildStdout, clinic: ClinicId, shown: mpsc::UnboundedSender<Shown>) {
    #[derive(Deserialize)]
    struct Said {
        url: String,
    }
    let mut lines = BufReader::new(out).lines();
    let mut said = String::new();
    // A desk that says nothing any more has ended, or is about to.
    while let Ok(Some(line)) = lines.next_line().await {
        said.push_str(&line);
        if let Ok(Said { url }) = serde_json::from_str(&said) {
            said.clear();
            if shown.send(Shown { clinic, url }).is_err() {
                return;
            }
        }
    }
}
