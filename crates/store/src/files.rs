//! What lies in a store's folder, and the little files beside the database.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chairside_sync::{Hash, Incarnation, NodeId, Tip};
use uuid::Uuid;

use crate::error::StoreError;

/// The key a store is encrypted with: 32 bytes, given as 64 hex digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Reads 64 hex digits, surrounding white space aside.
    ///
    /// # Errors
    /// [`StoreError::BadKey`] for anything else.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(StoreError::BadKey)
        }
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// The file can't be read, or doesn't hold 64 hex digits.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        Self::parse(&std::fs::read_to_string(path).map_err(|source| StoreError::file(path, source))?)
    }

    /// Writes a new key file from 32 random bytes, readable by its owner only.
    ///
    /// # Errors
    /// The file is there already, or can't be written.
    pub fn write_new(path: &Path, random: [u8; 32]) -> Result<Self, StoreError> {
        let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| writeln!(file, "{hex}").and_then(|()| file.sync_all()))
            .map_err(|source| StoreError::file(path, source))?;
        Ok(Self(hex))
    }

    /// As SQLCipher's `PRAGMA key` wants a raw key.
    pub(crate) fn pragma(&self) -> String {
        format!("\"x'{}'\"", self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The files of one store.
#[derive(Clone, Debug)]
pub struct StoreFiles {
    folder: PathBuf,
}

impl StoreFiles {
    /// The store in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.folder.join("clinic.db")
    }

    /// SQLite's write-ahead log and its index, which belong to the database.
    pub fn journals(&self) -> [PathBuf; 2] {
        journals_of(&self.database())
    }

    fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    pub(crate) fn mark(&self) -> PathBuf {
        self.folder.join("high-water")
    }

    fn node(&self) -> PathBuf {
        self.folder.join("node")
    }
}

/// The journal and its index beside a database.
fn journals_of(database: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|ending| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// The name a file has until it is whole.
pub(crate) fn half_made(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".half-made");
    PathBuf::from(name)
}

/// Gives a database that is whole and closed its name, on the disk too. A
/// journal that another database left under that name must not be taken for its own.
///
/// # Errors
/// The files can't be moved or written.
pub(crate) fn put_in_place(half: &Path, database: &Path) -> Result<(), StoreError> {
    for journal in journals_of(database) {
        remove_if_there(&journal)?;
    }
    File::open(half)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(half, database))
        .and_then(|()| sync_folder_of(database))
        .map_err(|source| StoreError::file(database, source))
}

/// Makes what was named in a file's folder last.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Removes a database with its journals.
///
/// # Errors
/// One of them is there and can't be removed.
pub(crate) fn remove_database(database: &Path) -> Result<(), StoreError> {
    for path in journals_of(database) {
        remove_if_there(&path)?;
    }
    remove_if_there(database)
}

/// Removes a file; one that isn't there is fine.
///
/// # Errors
/// It is there and can't be removed.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(path, error)),
        _ => Ok(()),
    }
}

/// Keeps a store to one process, for as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the store's lock.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another process has it.
    pub fn take(files: &StoreFiles) -> Result<Self, StoreError> {
        let path = files.lock();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| StoreError::file(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(files.folder.clone())),
            Err(TryLockError::Error(source)) => Err(StoreError::file(path, source)),
        }
    }
}

/// How far the log had come, kept outside the database, written after each
/// commit and never synced by itself: it may lag behind the log, but when it
/// is *ahead* of the log, the database is an older copy.
#[derive(Debug)]
pub struct HighWater {
    file: File,
}

/// The last entry the mark knows of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Which life of the store.
    pub incarnation: Incarnation,
    /// Its place in the log.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

/// Incarnation, seq and hash, then eight bytes that tell a torn write.
const MARK_BYTES: usize = 16 + 8 + 32 + 8;

impl HighWater {
    /// Opens the mark and reads what it says; `None` where it says nothing readable.
    ///
    /// # Errors
    /// The file can't be opened or read.
    pub fn open(files: &StoreFiles) -> Result<(Self, Option<Mark>), StoreError> {
        let path = files.mark();
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|source| StoreError::file(&path, source))?;
        let mut bytes = Vec::with_capacity(MARK_BYTES);
        file.read_to_end(&mut bytes).map_err(|source| StoreError::file(&path, source))?;
        Ok((Self { file }, read_mark(&bytes)))
    }

    /// Says how far the log has come.
    ///
    /// # Errors
    /// The file can't be written to.
    pub fn set(&self, tip: &Tip) -> std::io::Result<()> {
        let mut bytes = Vec::with_capacity(MARK_BYTES);
        bytes.extend(tip.incarnation.0.as_bytes());
        bytes.extend(tip.seq.to_le_bytes());
        bytes.extend(tip.hash.0);
        let check = check(&bytes);
        bytes.extend(check);
        self.file.write_all_at(&bytes, 0)
    }
}

fn read_mark(bytes: &[u8]) -> Option<Mark> {
    let (body, sum) = bytes.split_at_checked(MARK_BYTES - 8)?;
    if sum != check(body) {
        return None;
    }
    let seq = u64::from_le_bytes(body[16..24].try_into().ok()?);
    Some(Mark {
        incarnation: Incarnation(Uuid::from_slice(&body[..16]).ok()?),
        seq,
        hash: Hash::from_slice(&body[24..])?,
    })
}

fn check(bytes: &[u8]) -> [u8; 8] {
    // FNV-1a: it only has to notice a write cut in two.
    let sum = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    sum.to_le_bytes()
}

/// The installation's node id: read, or written from `fresh` the first time.
///
/// # Errors
/// The file can't be read or written, or holds something else.
pub fn node(files: &StoreFiles, fresh: Uuid) -> Result<NodeId, StoreError> {
    let path = files.node();
    let text = match fs::read_to_string(&path) {
        // A power cut may leave an empty file; an id was never told to anyone then.
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Some(String::new()),
        Err(source) => return Err(StoreError::file(path, source)),
    };
    if let Some(text) = text {
        let id = Uuid::parse_str(text.trim()).map(NodeId);
        return id.map_err(|_| StoreError::Damaged("the node file holds no id".to_owned()));
    }
    let half = half_made(&path);
    let written = File::create(&half)
        .and_then(|mut file| writeln!(file, "{fresh}").and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&half, &path))
        .and_then(|()| sync_folder_of(&path));
    written.map_err(|source| StoreError::file(&path, source))?;
    Ok(NodeId(fresh))
}
