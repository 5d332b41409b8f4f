//! Catching up: a mirror of 100,000 visits was away while the desk changed 100
//! of them. Beside it, on the same records and changes, what else one might
//! have taken.

use std::path::Path;
use std::time::{Duration, Instant};

use chairside_schedule::Appointment;
use chairside_store::project;
use chairside_sync::body::{AppointmentRow, Window};
use chairside_sync::wire::{Entries, Message};

use crate::line::{Line, SIGNATURE_BYTES, Said};
use crate::measure::{Report, Times, shown};
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
    let (records, ours) = catch_up(visits).await?;
    let snapshot = packed(&minicbor::to_vec(&records.before)?)?;
    let document = merging::document(&records)?;
    let one_by_one = merging::measure(&document, &records, true)?;
    let at_once = merging::measure(&document, &records, false)?;
    let replicated = replicating::measure(&records)?;

    println!("\n## Catching up on {visits} visits of which {CHANGED} changed\n");
    println!("| way | bytes, both ways | messages | cold start to the same |");
    println!("| --- | ---: | ---: | ---: |");
    ours.told.row("from a place in the log, as sent");
    CaughtUp { bytes: ours.packed_bytes, cold: None, ..ours.told }.row("the same, were each message sent as zstd 3");
    CaughtUp { bytes: snapshot, messages: 1, cold: None }.row("a snapshot of everything, zstd 3");
    one_by_one.row("Automerge, each change by itself as at the desk");
    at_once.row("Automerge, all changes as one");
    match &replicated {
        Some(replicated) => replicated.row("PouchDB from its checkpoint, HTTP on loopback"),
        None => println!("| PouchDB | not measured: Node isn't there | | |"),
    }
    ours.print()?;
    ours.hold(report, snapshot, &one_by_one)
}

/// What was said of ours, and what it is made of.
struct Ours {
    told: CaughtUp,
    /// The same with each message compressed, where that makes it shorter.
    packed_bytes: usize,
    verified: Times,
    /// The batches with the entries about the changes, as they were sent.
    batches: Vec<Entries>,
    batch_bytes: Vec<u8>,
    records: Vec<u8>,
}

/// Both sides are the same; the mirror goes away, the desk changes visits, both
/// start anew from what lies on their disks.
async fn catch_up(visits: u64) -> Outcome<(Records, Ours)> {
    let window = clinic::window(clinic::days(visits));
    let folder = kept::copy(&clinic::store(visits).await?, "copy-catching-up")?;
    let mut line = Line::new(clinic::open(&folder).await?, MirrorStore::default(), window).await?;
    line.connect().await?;
    line.live().await?;
    let disk = line.theirs.to_bytes()?;
    let changed = change_some(&line, visits).await?;
    line.store.store().close().await;
    let before = (0..visits).map(|number| project::appointment(&clinic::taken(number, visits))).collect();

    let (mut cold, mut verified) = (Times::new(), Times::new());
    let mut said = Vec::new();
    for start in 0..STARTS {
        let copy = kept::copy(&folder, "copy-started")?;
        let (level, same, heard) = start_cold(&copy, &disk, window, &changed).await?;
        cold.record(level);
        verified.record(same);
        if start == 0 {
            said = heard;
        }
        std::fs::remove_dir_all(copy)?;
    }
    std::fs::remove_dir_all(folder)?;
    let told = CaughtUp {
        bytes: said.iter().map(|said| said.bytes.len()).sum(),
        messages: said.len(),
        cold: Some(cold.p50()),
    };
    let (mut batches, mut batch_bytes, mut packed_bytes) = (Vec::new(), Vec::new(), 0);
    for said in &said {
        packed_bytes += packed(&said.bytes)?.min(said.bytes.len());
        if let Message::Entries(entries) = said.message()?
            && entries.entries.len() > 1
        {
            batch_bytes.extend_from_slice(&said.bytes);
            batches.push(entries);
        }
    }
    let mut bytes = Vec::new();
    for row in &changed {
        minicbor::encode(row, &mut bytes)?;
    }
    Ok((Records { before, changed }, Ours { told, packed_bytes, verified, batches, batch_bytes, records: bytes }))
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

/// How long it takes from the disks until the mirror holds every entry, and
/// until every day has been compared too; what was said until the latter.
async fn start_cold(
    folder: &Path,
    disk: &[u8],
    window: Window,
    changed: &[AppointmentRow],
) -> Outcome<(Duration, Duration, Vec<Said>)> {
    let from = Instant::now();
    let theirs = MirrorStore::from_bytes(disk)?;
    let their_start = from.elapsed();
    let from = Instant::now();
    let store = clinic::open(folder).await?;
    let our_start = from.elapsed();
    let mut line = Line::new(store, theirs, window).await?;
    let from = Instant::now();
    line.connect().await?;
    let level = our_start.max(their_start) + from.elapsed();
    line.live().await?;
    let verified = our_start.max(their_start) + from.elapsed();
    let is_there = |row: &AppointmentRow| line.theirs.day(row.day).appointments.contains(row);
    if !changed.iter().all(is_there) || line.theirs.replaced > 0 {
        return Err("not caught up, or not by entries".into());
    }
    let said = std::mem::take(&mut line.said);
    line.store.store().close().await;
    Ok((level, verified, said))
}

impl Ours {
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
        println!("| what | as sent | zstd {LEVEL} |");
        println!("| --- | ---: | ---: |");
        println!("| the changed records | {} | {} |", self.records.len(), packed(&self.records)?);
        println!("| the entries' public parts | {} | {} |", public.len(), packed(&public)?);
        println!("| the batches | {} | {} |", self.batch_bytes.len(), packed(&self.batch_bytes)?);
        println!(
            "| beside public parts and signatures, an entry | {} | {} |",
            self.beside(self.batch_bytes.len(), public.len()),
            self.beside(packed(&self.batch_bytes)?, packed(&public)?)
        );
        println!(
            "\nCompared day by day too, from a cold start: {} (p50 of {STARTS}); digests rest most of that time.",
            shown(self.verified.p50())
        );
        Ok(())
    }

    fn hold(&self, report: &mut Report, snapshot: usize, automerge: &CaughtUp) -> Outcome<()> {
        let (public, records) = (packed(&self.public())?, packed(&self.records)?);
        let ratio = public as f64 / records as f64;
        report.bar("public parts to changed records, zstd 3", &format!("{ratio:.2} ×, at most 1.2 ×"), ratio <= 1.2);
        for (how, batches, records) in
            [("zstd 3", packed(&self.batch_bytes)?, records), ("as sent", self.batch_bytes.len(), self.records.len())]
        {
            let most = records * 6 / 5 + self.entries() * MOST_BYTES_AN_ENTRY + self.batches.len() * SIGNATURE_BYTES;
            report.bar(
                &format!(
                    "the batches to 1.2 × the records, {MOST_BYTES_AN_ENTRY} bytes an entry and a signature, {how}"
                ),
                &format!("{batches} to {most}"),
                batches <= most,
            );
        }
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
