//! What Mosquitto needs to be our broker: who may what, whom it trusts, what it
//! shows, and a settings file that names these.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chairside_mqtt::MAX_MESSAGE;
use chairside_mqtt::access::Access;
use chairside_sync::Now;
use rustix::process::{Pid, Signal, kill_process};

use crate::authority::{Authority, AuthorityError};

/// Who may what.
pub const ACL: &str = "acl";
/// Whom the broker trusts.
pub const CA: &str = "ca.pem";
/// What the broker shows.
pub const CERTIFICATE: &str = "server.pem";
/// Its key.
pub const KEY: &str = "server.key";
/// Settings that name the others.
pub const SETTINGS: &str = "mosquitto.conf";
/// Where Mosquitto says which process it is, so that it can be told of changes.
pub const PID: &str = "mosquitto.pid";

/// A folder of such files.
#[derive(Clone, Debug)]
pub struct Files(PathBuf);

/// A file that could not be written, or a certificate that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl Files {
    /// The files in a folder.
    pub const fn in_folder(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Writes them all, for a broker of these names that listens at this port.
    ///
    /// # Errors
    /// [`FilesError`].
    pub fn write_all(
        &self,
        authority: &Authority,
        names: &[String],
        port: u16,
        access: &Access,
        now: Now,
    ) -> Result<(), FilesError> {
        std::fs::create_dir_all(&self.0).map_err(|source| FilesError::File { path: self.0.clone(), source })?;
        let shown = authority.server(names, now)?;
        self.write(CA, authority.certificate(), 0o644)?;
        self.write(CERTIFICATE, &shown.certificates, 0o644)?;
        self.write(KEY, &shown.key, 0o600)?;
        self.write(SETTINGS, &settings(&self.0, port), 0o644)?;
        self.write_access(access)
    }

    /// Writes who may what, and tells a broker that runs from this folder.
    ///
    /// # Errors
    /// [`FilesError::File`]. A broker that can't be told is none: it is logged,
    /// and what it lets in too long isn't heard.
    pub fn write_access(&self, access: &Access) -> Result<(), FilesError> {
        self.write(ACL, &access.mosquitto_acl(), 0o644)?;
        match self.broker() {
            Some(broker) => match kill_process(broker, Signal::HUP) {
                Ok(()) => tracing::info!("the broker was told who may what"),
                Err(error) => tracing::warn!(%error, "the broker could not be told who may what: reload it"),
            },
            None => tracing::warn!("no broker runs from these files: it reads who may what when it starts"),
        }
        Ok(())
    }

    /// The process that runs from this folder, if one does.
    fn broker(&self) -> Option<Pid> {
        let number = std::fs::read_to_string(self.0.join(PID)).ok()?.trim().parse().ok()?;
        let named = std::fs::read_to_string(format!("/proc/{number}/comm")).ok()?;
        // The file may be of a process long gone, whose number somebody else has now.
        (named.trim() == "mosquitto").then(|| Pid::from_raw(number))?
    }

    /// Writes a file, whole or not at all.
    fn write(&self, name: &str, content: &str, mode: u32) -> Result<(), FilesError> {
        let path = self.0.join(name);
        let new = self.0.join(format!("{name}.new"));
        let written = || {
            match std::fs::remove_file(&new) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
            file.write_all(content.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&new, &path)?;
            File::open(&self.0)?.sync_all()
        };
        written().map_err(|source| FilesError::File { path: path.clone(), source })
    }
}

/// Settings for Mosquitto 2.0; why each, says `docs/decisions/0006-broker.md`.
fn settings(folder: &Path, port: u16) -> String {
    let here = folder.display();
    // Beside the payload a packet holds its topic.
    let packet = MAX_MESSAGE + 4 * 1_024;
    format!(
        "# Generated. Start Mosquitto with -c and this file, or include it.\n\
         per_listener_settings false\n\
         listener {port}\n\
         cafile {here}/{CA}\n\
         certfile {here}/{CERTIFICATE}\n\
         keyfile {here}/{KEY}\n\
         require_certificate true\n\
         use_identity_as_username true\n\
         allow_anonymous false\n\
         acl_file {here}/{ACL}\n\
         pid_file {here}/{PID}\n\
         persistence false\n\
         set_tcp_nodelay true\n\
         max_packet_size {packet}\n\
         max_inflight_messages 100\n\
         max_queued_messages 4096\n"
    )
}
