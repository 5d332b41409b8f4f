//! The desk: an open store, somebody working at it, and a clock.

use std::path::{Path, PathBuf};

use chairside_schedule::Clinic;
use chairside_store::{Founding, Key, Moment, Opening, Role, Staff, Store};
use chairside_sync::{Author, Incarnation};
use chrono::NaiveDateTime;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::api::{ChairView, Changed, ClinicView, PractitionerView, StaffView};
use crate::clock::{self, Clock};
use crate::connection::{Connection, Told};
use crate::problem::Problem;
use crate::view;

/// Where a store lies and how it is opened.
#[derive(Clone, Debug)]
pub struct DeskOptions {
    /// The store's folder.
    pub folder: PathBuf,
    /// The file that holds its key.
    pub key_file: PathBuf,
    /// Who works at it, by name; `None`: the owner.
    pub acting: Option<String>,
    /// What tells the time.
    pub clock: Clock,
}

/// An open store with somebody working at it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) acting: Staff,
    pub(crate) line: Connection,
}

impl Desk {
    /// Opens a store that is there.
    ///
    /// # Errors
    /// `store-missing`, `store-in-use`, `wrong-key`, `not-a-store`,
    /// `store-newer`, `store-damaged`, `key-missing`, `bad-key`, `unknown-staff`.
    pub async fn open(options: DeskOptions) -> Result<Self, Problem> {
        let key = read_key(&options.key_file)?;
        let store = Store::open(&options.folder, &key, opening(&options.clock)).await?;
        Self::at(store, options).await
    }

    /// Founds a new store for `clinic`, with one default owner, and opens it.
    ///
    /// # Errors
    /// `store-exists` and those of [`Self::open`].
    pub async fn found(options: DeskOptions, clinic: Clinic) -> Result<Self, Problem> {
        let key = read_key(&options.key_file)?;
        let now_ms = options.clock.now_ms();
        let owner = Staff {
            id: clock::fresh_id(now_ms).into(),
            name: options.acting.clone().unwrap_or_else(|| DEFAULT_OWNER.to_owned()),
            role: Role::Owner,
            active: true,
        };
        let founding = Founding { clinic, owner, incarnation: Incarnation(clock::fresh_id(now_ms)) };
        let store = Store::found(&options.folder, &key, founding, opening(&options.clock)).await?;
        Self::at(store, options).await
    }

    async fn at(store: Store, options: DeskOptions) -> Result<Self, Problem> {
        match member(&store, options.acting.as_deref()).await {
            Ok(acting) => Ok(Self { store, clock: options.clock, acting, line: Connection::default() }),
            Err(problem) => {
                // Closed before it is told, so that the next try finds it free.
                store.close().await;
                Err(problem)
            }
        }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What tells the time here.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Who makes a change now.
    pub(crate) fn moment(&self) -> Moment {
        Moment { by: Author::Staff(self.acting.id), at_ms: self.clock.now_ms() }
    }

    /// The clinic's local time.
    pub(crate) fn local_now(&self) -> NaiveDateTime {
        self.clock.local(self.store.clinic().zone)
    }

    /// Hears what every commit from now on makes stale, and of the connection.
    pub fn changes(&self) -> Changes {
        Changes { commits: self.store.changes(), connection: self.line.changes() }
    }

    /// Takes leave of the central service, lets every waiting write finish and
    /// closes the store, for all clones.
    pub async fn close(&self) {
        self.line.close().await;
        self.store.close().await;
    }

    /// What every screen needs once.
    ///
    /// # Errors
    /// The store's.
    pub async fn clinic(&self, (): ()) -> Result<ClinicView, Problem> {
        let clinic = self.store.clinic();
        let now = self.local_now();
        Ok(ClinicView {
            id: clinic.id,
            name: clinic.name.clone(),
            zone: clinic.zone.name().to_owned(),
            grid_minutes: clinic.grid.minutes(),
            waiting_limit_minutes: clinic.waiting_limit_minutes,
            uses_chairs: clinic.uses_chairs,
            hours_derived: clinic.hours_derived,
            now,
            practitioners: clinic
                .practitioners
                .iter()
                .map(|practitioner| PractitionerView {
                    id: practitioner.id,
                    name: practitioner.name.clone(),
                    initials: view::initials(&practitioner.name, 3),
                    role: practitioner.role.clone(),
                    room: practitioner.room.clone(),
                    active: practitioner.is_active_on(now.date()),
                })
                .collect(),
            kinds: clinic.kinds.clone(),
            chairs: clinic.chairs.iter().map(|chair| ChairView { id: chair.id, name: chair.name.clone() }).collect(),
            acting: StaffView {
                id: self.acting.id,
                name: self.acting.name.clone(),
                initials: view::initials(&self.acting.name, 2),
            },
            visit_days: self.store.visit_days().await?,
            paired: self.is_paired(),
            online: clinic.online,
        })
    }
}

/// Whoever works at the desk: by name, or the owner.
async fn member(store: &Store, name: Option<&str>) -> Result<Staff, Problem> {
    let mut staff = store.staff().await?.into_iter();
    let found = match name {
        Some(name) => staff.find(|member| member.name.eq_ignore_ascii_case(name)),
        None => staff.find(|member| member.role == Role::Owner),
    };
    found.ok_or_else(|| Problem::new("unknown-staff").with("name", name.unwrap_or(DEFAULT_OWNER)))
}

/// The one default owner of a new clinic.
pub const DEFAULT_OWNER: &str = "Owner";

/// What becomes stale, one after the other.
#[derive(Debug)]
pub struct Changes {
    commits: broadcast::Receiver<chairside_store::Changed>,
    connection: broadcast::Receiver<Told>,
}

impl Changes {
    /// Waits for the next commit, or for the connection to stand otherwise;
    /// `None` once the store is closed. A listener that fell behind is told
    /// that everything may have changed.
    pub async fn next(&mut self) -> Option<Changed> {
        let none = Changed { seq: 0, days: Vec::new(), patients: Vec::new(), settings: false, connection: false };
        tokio::select! {
            commit = self.commits.recv() => match commit {
                Ok(changed) => Some(Changed {
                    seq: changed.seq,
                    settings: changed.settings || changed.all_days,
                    days: changed.days,
                    patients: changed.patients,
                    connection: false,
                }),
                Err(RecvError::Lagged(_)) => Some(Changed { settings: true, connection: true, ..none }),
                Err(RecvError::Closed) => None,
            },
            told = self.connection.recv() => match told {
                Ok(told) => Some(Changed { connection: true, settings: told.every_day, days: told.days, ..none }),
                Err(RecvError::Lagged(_)) => Some(Changed { settings: true, connection: true, ..none }),
                Err(RecvError::Closed) => None,
            }
        }
    }
}

/// What opening a store needs from outside.
pub fn opening(clock: &Clock) -> Opening {
    let now_ms = clock.now_ms();
    Opening {
        at_ms: now_ms,
        node: clock::fresh_id(now_ms),
        incarnation: Incarnation(clock::fresh_id(now_ms)),
        salts: Box::new(clock::random),
    }
}

/// Reads a key file.
///
/// # Errors
/// `key-missing`, `bad-key`.
pub fn read_key(path: &Path) -> Result<Key, Problem> {
    Key::read(path).map_err(|error| match error {
        chairside_store::StoreError::BadKey => Problem::new("bad-key").with("path", path.display()),
        _ => Problem::new("key-missing").with("path", path.display()),
    })
}
