//! The same by merging documents: Automerge's sync protocol between two peers
//! that have met before.

use std::time::{Duration, Instant};

use automerge::sync::{Message, State, SyncDoc};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, AutomergeError, ObjId, ObjType, ROOT, ReadDoc};
use chairside_sync::body::{AppointmentRow, Id};

use crate::Outcome;
use crate::catching_up::{CaughtUp, Records};
use crate::clinic::AT_MS;

/// Where the records lie in the document.
const VISITS: &str = "visits";

/// A document, and what is known of the other side's.
struct Peer {
    document: AutoCommit,
    state: State,
}

/// A peer as it lies on the disk.
struct Disk {
    document: Vec<u8>,
    state: Vec<u8>,
}

impl Peer {
    fn save(&mut self) -> Disk {
        Disk { document: self.document.save(), state: self.state.encode() }
    }

    /// A peer as it starts, and how long that took.
    fn load(disk: &Disk) -> Outcome<(Self, Duration)> {
        let from = Instant::now();
        let peer = Self { document: AutoCommit::load(&disk.document)?, state: State::decode(&disk.state)? };
        Ok((peer, from.elapsed()))
    }

    /// What it has to say, if anything.
    fn say(&mut self) -> Option<Message> {
        self.document.sync().generate_sync_message(&mut self.state)
    }

    fn hear(&mut self, message: Message) -> Result<(), AutomergeError> {
        self.document.sync().receive_sync_message(&mut self.state, message)
    }
}

/// A document with all records, a day of them a change.
///
/// Of fewer changes than that the newer ones would be so large a share that
/// Automerge sends the whole document; of more, one for each record, it loads
/// more slowly.
pub fn document(records: &Records) -> Outcome<Vec<u8>> {
    let mut document = AutoCommit::new().with_actor(ActorId::from(&[1; 16]));
    let visits = document.put_object(ROOT, VISITS, ObjType::Map)?;
    for day in records.before.chunk_by(|one, other| one.day == other.day) {
        for row in day {
            let visit = document.put_object(&visits, name(row.id), ObjType::Map)?;
            put(&mut document, &visit, row)?;
        }
        commit(&mut document);
    }
    Ok(document.save())
}

/// Two peers with the same document that have met, as they lie on the disk
/// after the changes were made to one of them.
pub struct Apart {
    ours: Disk,
    theirs: Disk,
}

/// Lets two peers meet, and changes one; each change is committed by itself,
/// or all at once.
pub fn changed(document: &[u8], records: &Records, one_by_one: bool) -> Outcome<Apart> {
    let peer = |actor: u8| -> Outcome<Peer> {
        let document = AutoCommit::load(document)?.with_actor(ActorId::from(&[actor; 16]));
        Ok(Peer { document, state: State::new() })
    };
    let (mut ours, mut theirs) = (peer(1)?, peer(2)?);
    sync(&mut ours, &mut theirs)?;
    let (_, visits) = ours.document.get(ROOT, VISITS)?.ok_or("the visits")?;
    let document = &mut ours.document;
    for row in &records.changed {
        let (_, visit) = document.get(&visits, name(row.id))?.ok_or("the visit")?;
        document.put(&visit, "version", i64::from(row.version))?;
        document.put(&visit, "local_s", row.local_s)?;
        document.put(&visit, "start_s", row.start_s)?;
        document.put(&visit, "end_s", row.end_s)?;
        if one_by_one {
            commit(document);
        }
    }
    commit(document);
    Ok(Apart { ours: ours.save(), theirs: theirs.save() })
}

impl Apart {
    /// Loads both and lets them become the same.
    pub fn start_cold(&self) -> Outcome<CaughtUp> {
        let (mut ours, our_start) = Peer::load(&self.ours)?;
        let (mut theirs, their_start) = Peer::load(&self.theirs)?;
        let from = Instant::now();
        let (bytes, messages) = sync(&mut ours, &mut theirs)?;
        let cold = our_start.max(their_start) + from.elapsed();
        if ours.document.get_heads() != theirs.document.get_heads() {
            return Err("Automerge's peers didn't become the same".into());
        }
        Ok(CaughtUp { bytes, messages, cold: Some(cold) })
    }
}

fn put(document: &mut AutoCommit, visit: &ObjId, row: &AppointmentRow) -> Result<(), AutomergeError> {
    document.put(visit, "version", i64::from(row.version))?;
    document.put(visit, "practitioner", row.practitioner.to_vec())?;
    document.put(visit, "kind", row.kind.to_vec())?;
    document.put(visit, "status", row.status.as_str())?;
    document.put(visit, "day", i64::from(row.day))?;
    document.put(visit, "local_s", row.local_s)?;
    document.put(visit, "zone", row.zone.as_str())?;
    document.put(visit, "start_s", row.start_s)?;
    document.put(visit, "end_s", row.end_s)?;
    document.put(visit, "patient", row.patient.to_vec())
}

/// Says when, as an entry of the log does.
fn commit(document: &mut AutoCommit) {
    document.commit_with(CommitOptions::default().with_time(AT_MS / 1_000));
}

/// Lets both talk until neither has more to say: bytes and messages.
fn sync(ours: &mut Peer, theirs: &mut Peer) -> Outcome<(usize, usize)> {
    let (mut bytes, mut messages) = (0, 0);
    let mut silent = 0;
    let (mut speaker, mut listener) = (ours, theirs);
    while silent < 2 {
        match speaker.say() {
            Some(message) => {
                silent = 0;
                messages += 1;
                bytes += message.clone().encode().len();
                listener.hear(message)?;
            }
            None => silent += 1,
        }
        std::mem::swap(&mut speaker, &mut listener);
    }
    Ok((bytes, messages))
}

/// An id as a key.
pub fn name(id: Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
