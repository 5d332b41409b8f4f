//! The desks' program, which is a program of its own: central knows nothing of
//! what is inside a desk.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::process::{Child, Command};
use uuid::Uuid;

/// Names the program where it doesn't lie beside this one.
const NAMED_BY: &str = "CHAIRSIDE_CLINIC_BIN";

/// What it is called.
const NAME: &str = "chairside-clinic";

/// `chairside-clinic`.
#[derive(Clone, Debug)]
pub struct Program(PathBuf);

/// A clinic that comes with it.
#[derive(Clone, Debug, Deserialize)]
pub struct DemoClinic {
    /// How the program knows it, and what its folder is called.
    pub slug: String,
    /// The id in its store.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What a visitor is told of it.
    pub facts: Map<String, Value>,
}

/// Why the desks' program did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It isn't there.
    #[error("{0} isn't there")]
    Missing(PathBuf),
    /// It can't be started, or its files can't be written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It refused.
    #[error("{0}")]
    Refused(String),
    /// It is of another version: what it says can't be read.
    #[error("what chairside-clinic says can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// A desk's store, key and log, in one folder.
#[derive(Clone, Debug)]
pub struct DeskFiles(PathBuf);

impl DeskFiles {
    /// In this folder.
    pub const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    fn data(&self) -> PathBuf {
        self.0.join("clinic")
    }

    fn key(&self) -> PathBuf {
        self.0.join("clinic.key")
    }

    fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// Whether a clinic was founded here.
    pub fn is_founded(&self) -> bool {
        self.data().join("clinic.db").exists()
    }

    /// Whether pairing left anything behind, so that the desk needs no code.
    pub fn is_paired(&self) -> bool {
        self.data().join("central.toml").exists()
    }
}

impl Program {
    /// The one that the environment names, or that lies beside this one.
    ///
    /// # Errors
    /// [`ProgramError::Missing`].
    pub fn find() -> Result<Self, ProgramError> {
        let path = match std::env::var_os(NAMED_BY) {
            Some(path) => PathBuf::from(path),
            None => std::env::current_exe()
                .map_err(|source| ProgramError::File { path: NAME.into(), source })?
                .with_file_name(NAME),
        };
        if path.is_file() { Ok(Self(path)) } else { Err(ProgramError::Missing(path)) }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.0);
        // Settings of central, or of a desk that runs here besides, are not the demo's.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"CHAIRSIDE_") && name != "CHAIRSIDE_LOG" {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn run(&self, args: &[OsString]) -> Result<Vec<u8>, ProgramError> {
        let output = self.command().args(args).output().await;
        let output = output.map_err(|source| ProgramError::File { path: self.0.clone(), source })?;
        if !output.status.success() {
            return Err(ProgramError::Refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        Ok(output.stdout)
    }

    /// The clinics that come with it.
    ///
    /// # Errors
    /// [`ProgramError`].
    pub async fn clinics(&self) -> Result<Vec<DemoClinic>, ProgramError> {
        Ok(serde_json::from_slice(&self.run(&["--json", "demo", "--list"].map(OsString::from)).await?)?)
    }

    /// Founds a clinic and its month of visits.
    ///
    /// # Errors
    /// [`ProgramError`].
    pub async fn found(&self, clinic: &DemoClinic, files: &DeskFiles) -> Result<(), ProgramError> {
        fs::create_dir_all(&files.0).map_err(|source| ProgramError::File { path: files.0.clone(), source })?;
        let mut args = ["demo", "--clinic", &clinic.slug, "--data"].map(OsString::from).to_vec();
        args.extend([files.data().into(), "--key-file".into(), files.key().into()]);
        self.run(&args).await.map(drop)
    }

    /// Starts a desk, which ends when its standard input does: it does not
    /// outlive this process, however that ends. It says where its screens are
    /// on standard output, and pairs first where there is a code.
    ///
    /// # Errors
    /// [`ProgramError::File`].
    pub fn serve(&self, files: &DeskFiles, screens: Option<&Path>, pair: Option<Pair>) -> Result<Child, ProgramError> {
        let log = File::options().create(true).append(true).open(files.log());
        let log = log.map_err(|source| ProgramError::File { path: files.log(), source })?;
        let mut command = self.command();
        command.args(["--json", "serve", "--end-with-input", "--data"]).arg(files.data());
        command.arg("--key-file").arg(files.key());
        if let Some(folder) = screens {
            command.arg("--ui").arg(folder);
        }
        if let Some(Pair { central, code }) = pair {
            // Arguments can be read by everybody on this machine.
            command.env("CHAIRSIDE_CENTRAL", central).env("CHAIRSIDE_CODE", code);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        command.spawn().map_err(|source| ProgramError::File { path: self.0.clone(), source })
    }
}

/// Whom a desk pairs with, and by which code.
#[derive(Debug)]
pub struct Pair {
    /// Central's address.
    pub central: String,
    /// The code.
    pub code: String,
}
