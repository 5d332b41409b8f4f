//! Catching up: a mirror of 100,000 visits was away while the desk changed 100
//! of them. Beside it, on the same records and changes, what else one might
//! have taken.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chairside_schedule::Appointment;
use chairside_store::project;
use chairside_sync::body::{AppointmentRow, Window};
use chairside_sync::wire::{Entries, Message};

use crate::line::{Line, SIGNATURE_BYTES, Said};
use crate::measure::{Report, shown};
use crate::mirror::MirrorStore;
use crate::{Outcome, clinic, is_quick, kept, merging, replicating};

/// Visits the desk changes while nobody hears of it.
const CHANGED: u64 = 100;

/// Cold starts timed; the middle one counts.
const STARTS: usize = 5;

/// What entries may take beside their public parts, in bytes each.
const MOST_BYTES_AN_ENTRY: usize = 40;

/// How much faster than Automerge a cold start is to be.
const TIMES_FASTER: f64 = 20.0;

/// zstd's own default.
const LEVEL: i32 = 3;

/// The records both sides had, and what some of them became.
pub struct Records {
    pub before: Vec<AppointmentRow>,
    pub changed: Vec<AppointmentRow>,
}

/// What one way of catching up took.
pub struct CaughtUp {
    /// Everything said, both ways, in bytes.
    pub bytes: usize,
    /// Messages, or requests and answers.
    pub messages: usize,
    /// From what lies on the disk to the same on both sides: the slower of the
    /// two starts, and what follows. None where nothing was timed.
    pub cold: Option<Duration>,
}

impl CaughtUp {
    fn row(&self, what: &str) {
        let cold = self.cold.map_or_else(String::new, shown);
        println!("| {what} | {} | {} | {cold} |", self.bytes, self.messages);
    }
}

/// Measures every way, and holds ours against the others.
pub async fn measure(report: &mut Report) -> Outcome<()> {
    let visits = if is_quick() { 5_000 } else { 100_000 };
    let (records, apart) = change_while_away(visits).await?;
    let snapshot = packed(&minicbor::to_vec(&records.before)?)?;
    let document = merging::document(&records)?;
    let one_by_one = merging::changed(&document, &records, true)?;
    let at_once = merging::changed(&document, &records, false)?;
    drop(document);

    let mut starts = Vec::new();
    let (mut merged_one_by_one, mut merged_at_once) = (Vec::new(), Vec::new());
    // In turns: whatever else the machine does meets each alike.
    for _ in 0..STARTS {
        starts.push(apart.start_cold(&records.changed).await?);
        merged_one_by_one.push(one_by_one.start_cold()?);
        merged_at_once.push(at_once.start_cold()?);
    }
    std::fs::remove_dir_all(&apart.folder)?;
    let ours = Ours::of(starts, &records)?;
    let merged_one_by_one = middle(merged_one_by_one);
    let replicated = replicating::measure(&records)?;

    println!("\n## Catching up on {visits} visits of which {CHANGED} changed\n");
    println!("| way | bytes, both ways | messages | cold start to the same |");
    println!("| --- | ---: | ---: | ---: |");
    ours.told.row("from a place in the log, as sent");
    CaughtUp { bytes: snapshot, messages: 1, cold: None }.row("a snapshot of everything, zstd 3");
    merged_one_by_one.row("Automerge, each change by itself as at the desk");
    middle(merged_at_once).row("Automerge, all changes as one");
    match &replicated {
        Some(replicated) => replicated.row("PouchDB from its checkpoint, HTTP on loopback"),
        None => println!("| PouchDB | not measured: it isn't installed | | |"),
    }
    ours.print()?;
    ours.hold(report, snapshot, &merged_one_by_one)
}

/// The one with the middle time.
fn middle(mut starts: Vec<CaughtUp>) -> CaughtUp {
    starts.sort_by_key(|start| start.cold);
    starts.swap_remove(starts.len() / 2)
}

/// A hub and its mirror as they lie on their disks, the hub's ahead.
struct Apart {
    folder: PathBuf,
    mirror: Vec<u8>,
    window: Window,
}

/// Both sides are the same; the mirror goes away, the desk changes visits.
async fn change_while_away(visits: u64) -> Outcome<(Records, Apart)> {
    let window = clinic::window(clinic::days(visits));
    let folder = kept::copy(&clinic::store(visits).await?, "copy-catching-up")?;
    let mut line = Line::new(clinic::open(&folder).await?, MirrorStore::default(), window).await?;
    line.connect().await?;
    line.live().await?;
    let mirror = line.theirs.to_bytes()?;
    let changed = change_some(&line, visits).await?;
    line.store.store().close().await;
    let before = (0..visits).map(|number| project::appointment(&clinic::taken(number, visits))).collect();
    Ok((Records { before, changed }, Apart { folder, mirror, window }))
}

/// Moves visits of as many patients and days as there can be to the evenings of
/// their days.
async fn change_some(line: &Line, visits: u64) -> Outcome<Vec<AppointmentRow>> {
    let mut changed = Vec::new();
    for number in 0..CHANGED {
        let before: Appointment = clinic::taken(number * (visits / CHANGED + 1) % visits, visits);
        let after = clinic::moved_to_evening(&before);
        changed.push(project::appointment(&after));
        clinic::change(line.store.store(), before, after).await?;
    }
    Ok(changed)
}

/// One start of both sides from their disks.
struct Start {
    /// Opening the hub's store.
    hub: Duration,
    /// The mirror's, which is its index of visits and no rows yet.
    mirror: Duration,
    /// From the first word until the mirror holds every entry.
    talk: Duration,
    /// From the first word until every day has been compared too.
    compared: Duration,
    /// What was said until then.
    said: Vec<Said>,
}

impl Apart {
    async fn start_cold(&self, changed: &[AppointmentRow]) -> Outcome<Start> {
        let copy = kept::copy(&self.folder, "copy-started")?;
        let from = Instant::now();
        let theirs = MirrorStore::from_bytes(&self.mirror)?;
        let mirror = from.elapsed();
        let from = Instant::now();
        let store = clinic::open(&copy).await?;
        let hub = from.elapsed();
        let mut line = Line::new(store, theirs, self.window).await?;
        let from = Instant::now();
        line.connect().await?;
        let talk = from.elapsed();
        line.live().await?;
        let compared = from.elapsed();
        for row in changed {
            if !line.theirs.day(row.day)?.appointments.contains(row) || line.theirs.replaced > 0 {
                return Err("not caught up, or not by entries".into());
            }
        }
        let said = std::mem::take(&mut line.said);
        line.store.store().close().await;
        std::fs::remove_dir_all(copy)?;
        Ok(Start { hub, mirror, talk, compared, said })
    }
}

impl Start {
    fn cold(&self) -> Duration {
        self.hub.max(self.mirror) + self.talk
    }
}

/// What was said of ours, and what it is made of.
struct Ours {
    told: CaughtUp,
    /// The start that took a middling time.
    start: Start,
    /// The batches with the entries about the changes.
    batches: Vec<Entries>,
    /// What they took as they were sent, which is packed.
    batch_bytes: usize,
    records: Vec<u8>,
}

impl Ours {
    fn of(mut starts: Vec<Start>, records: &Records) -> Outcome<Self> {
        starts.sort_by_key(Start::cold);
        let start = starts.swap_remove(starts.len() / 2);
        let bytes = start.said.iter().map(|said| said.bytes.len()).sum();
        let told = CaughtUp { bytes, messages: start.said.len(), cold: Some(start.cold()) };
        let (mut batches, mut batch_bytes) = (Vec::new(), 0);
        for said in &start.said {
            if let Message::Entries(entries) = said.message()?
                && entries.entries.len() > 1
            {
                batch_bytes += said.bytes.len();
                batches.push(entries);
            }
        }
        let mut changed = Vec::new();
        for row in &records.changed {
            minicbor::encode(row, &mut changed)?;
        }
        Ok(Self { told, start, batches, batch_bytes, records: changed })
    }

    fn entries(&self) -> usize {
        self.batches.iter().map(|batch| batch.entries.len()).sum()
    }

    fn public(&self) -> Vec<u8> {
        self.batches.iter().flat_map(|batch| &batch.entries).flat_map(|bare| bare.public.to_vec()).collect()
    }

    /// What of the batches isn't public parts or signatures, an entry.
    fn beside(&self, batches: usize, public: usize) -> usize {
        batches.saturating_sub(public + SIGNATURE_BYTES * self.batches.len()).div_ceil(self.entries().max(1))
    }

    fn print(&self) -> Outcome<()> {
        let public = self.public();
        let (entries, batches) = (self.entries(), self.batches.len());
        println!("\n{entries} entries in {batches} batches, of which:\n");
        println!("| what | bytes | zstd {LEVEL} |");
        println!("| --- | ---: | ---: |");
        println!("| the changed records | {} | {} |", self.records.len(), packed(&self.records)?);
        println!("| the entries' public parts | {} | {} |", public.len(), packed(&public)?);
        println!("| the batches, as sent | | {} |", self.batch_bytes);
        let beside = self.beside(self.batch_bytes, packed(&public)?);
        println!("| beside public parts and signatures, an entry | | {beside} |");
        println!(
            "\nOf the cold start (the middle one of {STARTS}): opening the hub's store {}, the mirror's {}, \
             then talking {}; every day was compared too after {}, in which digests mostly rest.",
            shown(self.start.hub),
            shown(self.start.mirror),
            shown(self.start.talk),
            shown(self.start.compared)
        );
        Ok(())
    }

    fn hold(&self, report: &mut Report, snapshot: usize, automerge: &CaughtUp) -> Outcome<()> {
        let (public, records) = (packed(&self.public())?, packed(&self.records)?);
        let ratio = public as f64 / records as f64;
        report.bar("public parts to changed records, zstd 3", &format!("{ratio:.2} ×, at most 1.2 ×"), ratio <= 1.2);
        let most = records * 6 / 5 + self.entries() * MOST_BYTES_AN_ENTRY + self.batches.len() * SIGNATURE_BYTES;
        report.bar(
            &format!(
                "the batches, as sent, to 1.2 × the packed records, {MOST_BYTES_AN_ENTRY} bytes an entry, a signature"
            ),
            &format!("{} to {most}", self.batch_bytes),
            self.batch_bytes <= most,
        );
        report.bar(
            "bytes in total, as sent, to Automerge's",
            &format!("{} to {}", self.told.bytes, automerge.bytes),
            self.told.bytes <= automerge.bytes,
        );
        report.bar(
            "bytes in total, as sent, to a hundredth of a snapshot",
            &format!("{} to {}", self.told.bytes, snapshot / 100),
            self.told.bytes <= snapshot / 100,
        );
        if let (Some(ours), Some(theirs)) = (self.told.cold, automerge.cold) {
            let times = theirs.as_secs_f64() / ours.as_secs_f64();
            report.bar(
                "faster than Automerge from a cold start to the same",
                &format!("{times:.0} ×, at least {TIMES_FASTER} ×"),
                times >= TIMES_FASTER,
            );
        }
        Ok(())
    }
}

/// How long bytes are once compressed.
fn packed(bytes: &[u8]) -> Outcome<usize> {
    Ok(zstd::bulk::compress(bytes, LEVEL)?.len())
}
