//! The folder of a demo, and what lies in it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The file by which a folder is known as a demo's: only what lies in such a
/// one is ever thrown away.
const SIGN: &str = "chairside-demo";

/// The file that is there once everything was founded, and only then.
const FOUNDED: &str = "founded";

/// A demo's folder, which nobody else runs a demo in as long as this is there.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    /// Locked; let go with the process, however that ends.
    _sign: File,
}

/// Why a folder can't be a demo's.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Something else lies there.
    #[error("{0} holds something else")]
    Strange(PathBuf),
    /// A demo runs there.
    #[error("a demo runs in {0}")]
    InUse(PathBuf),
    /// The system's.
    #[error("{path}: {source}")]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Place {
    /// A demo's folder, made where there is none.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub fn open(folder: &Path) -> Result<Self, PlaceError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| PlaceError::File { path, source }
        };
        fs::create_dir_all(folder).map_err(at(folder))?;
        // Desks run elsewhere: what they are told has to be a whole path.
        let folder = folder.canonicalize().map_err(at(folder))?;
        let path = folder.join(SIGN);
        if !path.exists() && fs::read_dir(&folder).map_err(at(&folder))?.next().is_some() {
            return Err(PlaceError::Strange(folder));
        }
        let sign = File::options().create(true).append(true).open(&path).map_err(at(&path))?;
        match sign.try_lock() {
            Ok(()) => Ok(Self { folder, _sign: sign }),
            Err(TryLockError::WouldBlock) => Err(PlaceError::InUse(folder)),
            Err(TryLockError::Error(source)) => Err(PlaceError::File { path, source }),
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Central's store.
    pub fn central(&self) -> PathBuf {
        self.folder.join("central")
    }

    /// What belongs to a clinic's desk.
    pub fn desk(&self, slug: &str) -> PathBuf {
        self.desks().join(slug)
    }

    fn desks(&self) -> PathBuf {
        self.folder.join("desks")
    }

    /// Whether everything was founded here.
    pub fn is_founded(&self) -> bool {
        self.folder.join(FOUNDED).exists()
    }

    /// Everything is founded.
    ///
    /// # Errors
    /// [`PlaceError::File`].
    pub fn founded(&self) -> Result<(), PlaceError> {
        let path = self.folder.join(FOUNDED);
        fs::write(&path, "").map_err(|source| PlaceError::File { path, source })
    }

    /// Throws every store away; mails stay.
    ///
    /// # Errors
    /// [`PlaceError::File`].
    pub fn clear(&self) -> Result<(), PlaceError> {
        // First of all: what is thrown away halfway is founded anew, not gone on with.
        gone(self.folder.join(FOUNDED), |path| fs::remove_file(path))?;
        for folder in [self.central(), self.desks()] {
            gone(folder, |path| fs::remove_dir_all(path))?;
        }
        Ok(())
    }
}

fn gone(path: PathBuf, remove: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), PlaceError> {
    match remove(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(PlaceError::File { path, source }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demos_own_folder_is_ever_cleared() {
        let folder = tempfile::tempdir().expect("a folder");
        let strange = folder.path().join("strange");
        fs::create_dir(&strange).expect("made");
        fs::write(strange.join("central"), "of somebody").expect("written");
        assert!(matches!(Place::open(&strange), Err(PlaceError::Strange(_))));

        let own = folder.path().join("a").join("demo");
        let place = Place::open(&own).expect("a new one");
        fs::create_dir_all(place.desk("the-crown")).expect("made");
        fs::write(own.join("mail"), "kept").expect("written");
        place.founded().expect("written");
        assert!(matches!(Place::open(&own), Err(PlaceError::InUse(_))));
        drop(place);
        let place = Place::open(&own).expect("known");
        assert!(place.is_founded());
        place.clear().expect("cleared");
        place.clear().expect("nothing to clear");
        assert!(!place.is_founded() && !place.desk("the-crown").exists() && own.join("mail").exists());
    }
}
