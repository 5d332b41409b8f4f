//! The one clinic behind the window.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chairside_clinic::clock::Clock;
use chairside_clinic::commands;
use chairside_clinic::desk::{Desk, DeskOptions};
use chairside_clinic::problem::Problem;
use chairside_clinic::serve::Server;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::options::Options;

/// How long closing may take. The goodbye takes up to two seconds where the
/// line is slow; a pairing that is under way takes what it takes.
const CLOSE_WITHIN: Duration = Duration::from_secs(6);

/// The clinic behind the window, opened by whoever asks first, while the window
/// is already there. What stops it from opening is the answer to every command,
/// so that the screens can say it in words; the next command tries again.
pub struct Clinic {
    folder: PathBuf,
    key_file: Option<PathBuf>,
    clock: Clock,
    opened: Box<dyn Fn(&Desk) + Send + Sync>,
    answer: Option<PathBuf>,
    desk: OnceCell<Desk>,
}

impl Clinic {
    /// The clinic in `folder`, not opened yet; `opened` is told once it is.
    pub fn new(folder: PathBuf, options: &Options, opened: impl Fn(&Desk) + Send + Sync + 'static) -> Self {
        let clock = options.now_s.map_or_else(Clock::system, clock_from);
        let (key_file, answer) = (options.key_file.clone(), options.answer.clone());
        Self { folder, key_file, clock, opened: Box::new(opened), answer, desk: OnceCell::new() }
    }

    /// The desk, if it is open.
    pub fn opened(&self) -> Option<&Desk> {
        self.desk.get()
    }

    /// The desk; opens it, or waits until whoever is opening it is done.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub async fn desk(&self) -> Result<&Desk, Problem> {
        self.desk.get_or_try_init(|| self.open()).await
    }

    /// Answers a command from the table.
    ///
    /// # Errors
    /// The command's own problems, and why the clinic could not be opened.
    pub async fn answer(&self, command: &'static str, args: Value) -> Result<Value, Problem> {
        let desk = self.desk().await?.clone();
        // A task of its own: what was asked is finished even if the page goes
        // away, and a command that breaks still gets an answer.
        tauri::async_runtime::spawn(async move { commands::dispatch(&desk, command, args).await }).await.unwrap_or_else(
            |error| {
                tracing::error!(%error, command, "a command did not finish");
                Err(Problem::new("internal"))
            },
        )
    }

    async fn open(&self) -> Result<Desk, Problem> {
        let opened = match &self.key_file {
            Some(key_file) => {
                let (folder, key_file) = (self.folder.clone(), key_file.clone());
                let options = DeskOptions { folder, key_file, acting: None, clock: self.clock.clone() };
                open(options).await
            }
            None => Err(Problem::new("key-not-given")),
        };
        match &opened {
            Ok(desk) => {
                tracing::info!("the clinic is open");
                (self.opened)(desk);
                desk.go_online_if_paired().await;
                if let Some(file) = &self.answer {
                    answer_others(desk, file).await?;
                }
            }
            Err(problem) => tracing::error!(problem.code = %problem, "the clinic could not be opened"),
        }
        opened
    }

    /// Takes leave of central, lets every waiting write finish and closes the
    /// store. Whoever ends the application waits a few seconds for it and no
    /// longer: what was answered is on the disk already.
    pub async fn close(&self) {
        let Some(desk) = self.desk.get() else { return };
        if tokio::time::timeout(CLOSE_WITHIN, desk.close()).await.is_err() {
            tracing::warn!("the clinic was left before it was closed");
        }
    }
}

/// Answers other programs of this computer, until the application ends; they
/// find out where in `file`.
async fn answer_others(desk: &Desk, file: &Path) -> Result<(), Problem> {
    let server = Server::bind(desk.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None).await?;
    let failed = |error| Problem::new("file-failed").with("path", file.display()).with("said", error);
    write_private(file, &server.url()).map_err(failed)?;
    tauri::async_runtime::spawn(async move {
        if let Err(error) = server.run(std::future::pending()).await {
            tracing::error!(%error, "other programs are not answered any more");
        }
    });
    Ok(())
}

/// Whole or not at all, for this user alone.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&new)?.write_all(text.as_bytes())?;
    std::fs::rename(new, path)
}

/// Opens the desk on a thread of its own: reading a large clinic takes a
/// moment, and the window is drawn meanwhile.
async fn open(options: DeskOptions) -> Result<Desk, Problem> {
    let runtime = tokio::runtime::Handle::current();
    tauri::async_runtime::spawn_blocking(move || runtime.block_on(Desk::open(options))).await.unwrap_or_else(|error| {
        tracing::error!(%error, "opening the clinic did not finish");
        Err(Problem::new("internal"))
    })
}

/// The machine's clock, set to `now_s` and running on from there.
fn clock_from(now_s: i64) -> Clock {
    let machine = Clock::system();
    let offset_ms = now_s * 1000 - machine.now_ms();
    Clock::showing(move || machine.now_ms() + offset_ms)
}
