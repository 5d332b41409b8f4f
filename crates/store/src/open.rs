//! Founding and opening a store.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use chairside_schedule::Clinic;
use chairside_schedule::time::Instant;
use chairside_sync::body::{BirthRow, Parent};
use chairside_sync::{Author, Causes, Hash, Incarnation, Public, Tip};
use minicbor::bytes::ByteArray;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use uuid::Uuid;

use crate::error::{SQLITE_NOTADB, StoreError, primary_code};
use crate::files::{self, HighWater, Key, Lock, Mark, StoreFiles};
use crate::log;
use crate::rezone;
use crate::rows::settings;
use crate::rows::staff::{self, Staff};
use crate::store::{Changed, Shared, Store};
use crate::sync;
use crate::tx::{Moment, Tx};
use crate::writer::{WriteQueue, Writer};

/// Every version of the schema there ever was, oldest first.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// Draws 32 fresh random bytes for each entry of the log.
pub type Salts = Box<dyn FnMut() -> [u8; 32] + Send>;

/// Readers beside the writer. More only compete for two cores.
const READERS: u32 = 3;

/// Pages the journal holds before a commit moves them into the database: one
/// booking in some four hundred waits for that, where SQLite's own thousand
/// would make it one in a hundred.
const WAL_PAGES: u32 = 4_000;

/// Page cache of each connection: most of what searches touch among 200,000
/// patients, and the pages of some dense days. A page that isn't there has to
/// be decrypted. An ordinary clinic never fills it.
const CACHE_KIB: u32 = 32 * 1024;

/// What a new clinic begins with.
#[derive(Debug)]
pub struct Founding {
    /// Its settings.
    pub clinic: Clinic,
    /// The first person at the desk, who may do everything.
    pub owner: Staff,
    /// The id of the store's first life.
    pub incarnation: Incarnation,
}

/// What opening needs that the store doesn't have by itself.
pub struct Opening {
    /// The wall clock, milliseconds since 1970 in UTC.
    pub at_ms: i64,
    /// A fresh id, used if this installation has none yet.
    pub node: Uuid,
    /// A fresh id, used if the store turns out to be a copy.
    pub incarnation: Incarnation,
    /// Randomness for the log's private parts.
    pub salts: Salts,
}

impl Store {
    /// Makes a new store in `folder` (made too, if missing) and opens it. It
    /// gets its name once it is whole: a crash in the middle leaves none.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::InUse`], a folder that can't be written to.
    pub async fn found(folder: &Path, key: &Key, founding: Founding, opening: Opening) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::file(folder, source))?;
        let files = StoreFiles::new(folder);
        let lock = Lock::take(&files)?;
        if files.database().exists() {
            return Err(StoreError::Exists(folder.to_owned()));
        }
        let half = files::half_made(&files.database());
        files::remove_database(&half)?;
        let opening = match found_at(&half, &files, key, founding, opening).await {
            Ok(opening) => opening,
            Err(error) => {
                files::remove_database(&half)?;
                return Err(error);
            }
        };
        files::put_in_place(&half, &files.database())?;
        Self::open_locked(files, lock, key, opening).await
    }

    /// Opens the store in `folder`. A database that turns out to be an older
    /// copy, or another life's, begins a new incarnation with a birth. What is
    /// ahead is derived anew where zone rules have changed since.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::InUse`], [`StoreError::WrongKey`],
    /// [`StoreError::NotAStore`], [`StoreError::Newer`], [`StoreError::Damaged`].
    pub async fn open(folder: &Path, key: &Key, opening: Opening) -> Result<Self, StoreError> {
        let files = StoreFiles::new(folder);
        if !files.database().exists() {
            return Err(StoreError::Missing(folder.to_owned()));
        }
        refuse_foreign_file(&files.database())?;
        let lock = Lock::take(&files)?;
        Self::open_locked(files, lock, key, opening).await
    }

    async fn open_locked(files: StoreFiles, lock: Lock, key: &Key, opening: Opening) -> Result<Self, StoreError> {
        let conn = connect_to(&files.database(), key, false).await?;
        let (conn, (high_water, current, read)) = or_close(conn, async |conn| {
            migrate(conn).await?;
            let (tip, causes) =
                log::tip(conn).await?.ok_or_else(|| StoreError::Damaged("its log is empty".to_owned()))?;
            let clinic = settings::load(conn).await?;
            let node = files::node(&files, opening.node)?;
            let (high_water, mark) = HighWater::open(&files)?;
            let current = is_current(conn, &tip, mark).await?;
            let rules = rezone::noted(conn).await?;
            Ok((high_water, current, (tip, causes, clinic, node, rules)))
        })
        .await?;
        let (tip, causes, clinic, node, rules) = read;
        let moment = Moment { by: Author::Node(node), at_ms: opening.at_ms };
        let tx = Tx {
            conn,
            node,
            salts: opening.salts,
            tip,
            causes,
            clinic: Arc::new(clinic),
            changed: Changed::default(),
            moment,
            unwritten: None,
            beside_the_log: false,
        };
        let store = Self::start(files, key.clone(), tx, high_water, lock).await?;
        if !current {
            store.begin_new_life(opening.incarnation, moment).await?;
        }
        let now = Instant(opening.at_ms.div_euclid(1_000));
        if !rules.is_some_and(|rules| rules.are_followed(now)) {
            store.follow_zone_rules(moment).await?;
        }
        Ok(store)
    }

    async fn start(files: StoreFiles, key: Key, tx: Tx, high_water: HighWater, lock: Lock) -> Result<Self, StoreError> {
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(options(&files.database(), &key).read_only(true));
        let snapshots = SqlitePoolOptions::new()
            .max_connections(sync::SNAPSHOT_CONNECTIONS)
            .min_connections(0)
            .test_before_acquire(false)
            // Each page of a long read is looked at once.
            .connect_lazy_with(options(&files.database(), &key).read_only(true).pragma("cache_size", "-2048"));
        let shared = Arc::new(Shared::new(tx.tip, Arc::clone(&tx.clinic)));
        let node = tx.node;
        let folder = files.folder().to_owned();
        let others = [readers.clone(), snapshots.clone()];
        let writer = Writer { tx, shared: Arc::clone(&shared), high_water, others, lock };
        let (queue, closed) = WriteQueue::start(writer).map_err(|source| StoreError::file(folder, source))?;
        Ok(Self { files, key, node, queue, readers, snapshots, shared, closed })
    }

    async fn begin_new_life(&self, incarnation: Incarnation, moment: Moment) -> Result<(), StoreError> {
        tracing::info!(%incarnation, "the store is an older copy: it begins a new incarnation");
        self.write(moment, async move |tx| {
            let parent = Parent {
                incarnation: ByteArray::from(*tx.tip.incarnation.0.as_bytes()),
                seq: tx.tip.seq,
                hash: ByteArray::from(tx.tip.hash.0),
            };
            sqlx::query("UPDATE store SET incarnation = ?")
                .bind(incarnation.0.as_bytes().as_slice())
                .execute(&mut tx.conn)
                .await?;
            let left = sync::lives::left(&mut tx.conn, incarnation).await?;
            let birth = Public::Birth(BirthRow { parent: Some(parent), left });
            tx.append_as(incarnation, &birth, Vec::new(), None).await?;
            tx.hear_out_anew().await
        })
        .await
    }
}

/// Makes a whole store in one file, with the first entries of its log, and the
/// mark that speaks of them. Gives the opening back for what comes next.
async fn found_at(
    database: &Path,
    files: &StoreFiles,
    key: &Key,
    founding: Founding,
    opening: Opening,
) -> Result<Opening, StoreError> {
    let conn = connect_to(database, key, true).await?;
    let (conn, node) = or_close(conn, async |conn| {
        migrate(conn).await?;
        files::node(files, opening.node)
    })
    .await?;
    let mut tx = Tx {
        conn,
        node,
        salts: opening.salts,
        tip: Tip { epoch: 1, incarnation: founding.incarnation, seq: 0, hash: Hash::GENESIS },
        causes: Causes::default(),
        clinic: Arc::new(founding.clinic),
        changed: Changed::default(),
        moment: Moment { by: Author::Node(node), at_ms: opening.at_ms },
        unwritten: None,
        beside_the_log: false,
    };
    let written = first_entries(&mut tx, founding.incarnation, &founding.owner).await;
    // Closing moves all of it out of the journal into the file.
    tx.conn.close().await?;
    written?;
    let (mark, _) = HighWater::open(files)?;
    mark.set(&tx.tip).map_err(|source| StoreError::file(files.mark(), source))?;
    Ok(Opening { salts: tx.salts, ..opening })
}

async fn first_entries(tx: &mut Tx, incarnation: Incarnation, owner: &Staff) -> Result<(), StoreError> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut tx.conn).await?;
    sqlx::query("INSERT INTO store (one, epoch, incarnation) VALUES (1, ?, ?)")
        .bind(tx.tip.epoch.cast_signed())
        .bind(incarnation.0.as_bytes().as_slice())
        .execute(&mut tx.conn)
        .await?;
    rezone::note(&mut tx.conn, None).await?;
    tx.append_bytes(&Public::Birth(BirthRow { parent: None, left: Vec::new() }), Vec::new(), None).await?;
    staff::insert(&mut tx.conn, owner).await?;
    let clinic = Clinic::clone(&tx.clinic);
    tx.save_settings(clinic).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether the database is the one this folder's mark speaks of, no older copy.
async fn is_current(conn: &mut SqliteConnection, tip: &Tip, mark: Option<Mark>) -> Result<bool, StoreError> {
    // Without a mark the database came here alone: a copy.
    let Some(Mark { incarnation, seq, hash }) = mark else { return Ok(false) };
    if incarnation != tip.incarnation || seq > tip.seq {
        return Ok(false);
    }
    Ok(log::at(conn, seq).await?.is_some_and(|record| record.hash == hash))
}

/// How every connection is opened.
pub(crate) fn options(database: &Path, key: &Key) -> SqliteConnectOptions {
    keyed(database, key)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", WAL_PAGES.to_string())
}

/// The part of [`options`] that reads nothing of the file yet.
fn keyed(database: &Path, key: &Key) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database)
        .pragma("key", key.pragma())
        // What it would write to standard error we say ourselves, in words and once.
        .pragma("cipher_log_level", "NONE")
        .foreign_keys(true)
        // Statements carry names and numbers of patients; none of them belongs in a log.
        .disable_statement_logging()
}

/// Lets `work` begin with a connection; one it fails on is closed before that
/// is told. A connection that is merely dropped closes some time later, which
/// may be when the process ends ([`crate::wait_until_closed`] says why that matters).
pub(crate) async fn or_close<T>(
    mut conn: SqliteConnection,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
) -> Result<(SqliteConnection, T), StoreError> {
    match work(&mut conn).await {
        Ok(done) => Ok((conn, done)),
        Err(error) => {
            if let Err(error) = conn.close().await {
                tracing::debug!(%error, "a connection that failed did not close cleanly");
            }
            Err(error)
        }
    }
}

/// Opens a database as the writer does, and proves that the key fits.
pub(crate) async fn connect_to(database: &Path, key: &Key, create: bool) -> Result<SqliteConnection, StoreError> {
    let told = |error: sqlx::Error| match primary_code(&error) {
        Some(SQLITE_NOTADB) if looks_foreign(database) => StoreError::NotAStore(database.to_owned()),
        Some(SQLITE_NOTADB) => StoreError::WrongKey(database.to_owned()),
        _ => StoreError::from(error),
    };
    let options = keyed(database, key).create_if_missing(create);
    let conn = SqliteConnection::connect_with(&options).await.map_err(told)?;
    let (conn, ()) = or_close(conn, async |conn| {
        // The rest of what `options` says, now that a failure can be told apart.
        let settings = format!(
            "PRAGMA cache_size = -{CACHE_KIB}; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL; \
             PRAGMA journal_mode = WAL; SELECT count(*) FROM sqlite_schema"
        );
        sqlx::raw_sql(AssertSqlSafe(settings)).execute(conn).await.map(drop).map_err(told)
    })
    .await?;
    Ok(conn)
}

/// Brings the schema up to date, or says that it is ahead of this version.
pub(crate) async fn migrate(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    MIGRATIONS.run(conn).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) => StoreError::Newer,
        MigrateError::VersionMismatch(version) => {
            StoreError::Damaged(format!("migration {version} isn't the one this version knows"))
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => StoreError::Damaged(other.to_string()),
    })
}

/// Tells a file that was certainly never ours before a key is tried on it:
/// SQLite would take an empty one for a new database.
pub(crate) fn refuse_foreign_file(database: &Path) -> Result<(), StoreError> {
    let (head, length) = head_of(database).map_err(|source| StoreError::file(database, source))?;
    if length == 0 || head.starts_with(b"SQLite format 3\0") {
        return Err(StoreError::NotAStore(database.to_owned()));
    }
    Ok(())
}

/// Whether a file that the key doesn't open looks like something else than a
/// store: those begin with random bytes and are made of whole pages.
fn looks_foreign(database: &Path) -> bool {
    let is_text = |head: &[u8]| head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    head_of(database).is_ok_and(|(head, length)| is_text(&head) || length % PAGE_BYTES != 0)
}

fn head_of(database: &Path) -> std::io::Result<(Vec<u8>, u64)> {
    let file = std::fs::File::open(database)?;
    let length = file.metadata()?.len();
    let mut head = Vec::with_capacity(16);
    file.take(16).read_to_end(&mut head)?;
    Ok((head, length))
}

/// SQLCipher 4's page.
const PAGE_BYTES: u64 = 4096;
