//! The hub's work per change, with schedules of very different lengths.
//!
//! All of them are open at once and take turns, so that whatever else the
//! machine does meets each alike.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chairside_schedule::Appointment;
use chairside_sync::body::Id;
use chairside_sync::hub::{Ask, Gate, Receipt, Told};
use chairside_sync::proposal::Place;
use chairside_sync::wire::Propose;
use chairside_sync::{Proposal, ProposalId, Wish};

use crate::clinic::{self, AT_MS, OFFERED_DAYS, desk};
use crate::line::Line;
use crate::marks::gate;
use crate::measure::{Report, Times};
use crate::mirror::MirrorStore;
use crate::{Outcome, is_quick, kept};

/// Bookings, and proposals, of one clinic in one turn.
const TURN: u64 = 20;

/// Turns of each clinic; the first warms up. The smallest has places for so many.
const TURNS: u64 = 30;

/// What a thousand times the schedule may do to half of the changes. A tree of
/// a thousand times the rows is two pages deeper, and no longer fits the cache.
const MOST: f64 = 1.3;

/// A clinic, its mirror and what was measured.
struct Clinic {
    visits: u64,
    folder: PathBuf,
    line: Line,
    /// Free places used so far.
    used: u64,
    book: Times,
    stream: Times,
    decide: Times,
    /// What all bookings, and all proposals, read and wrote.
    book_moved: Moved,
    decide_moved: Moved,
}

/// Bytes between this process and its files. Unlike times they don't depend on
/// what else the machine does.
#[derive(Clone, Copy, Default)]
struct Moved {
    read: u64,
    written: u64,
}

impl Moved {
    fn so_far() -> Outcome<Self> {
        let text = std::fs::read_to_string("/proc/self/io")?;
        let of = |name: &str| -> Outcome<u64> {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("a counter")?;
            Ok(line.trim().parse()?)
        };
        Ok(Self { read: of("rchar:")?, written: of("wchar:")? })
    }

    fn add_since(&mut self, before: Self) -> Outcome<()> {
        let now = Self::so_far()?;
        self.read += now.read - before.read;
        self.written += now.written - before.written;
        Ok(())
    }

    fn each(self, changes: u64) -> String {
        let kib = |bytes: u64| bytes as f64 / changes as f64 / 1_024.0;
        format!("{:.0} KiB read, {:.0} KiB written", kib(self.read), kib(self.written))
    }
}

/// Measures streaming a booking and deciding a proposal at each size.
pub async fn measure(report: &mut Report) -> Outcome<()> {
    let sizes: &[u64] = if is_quick() { &[2_000, 20_000] } else { &[2_000, 200_000, 2_000_000] };
    let mut clinics = Vec::new();
    for visits in sizes {
        clinics.push(Clinic::open(*visits).await?);
    }
    let gate = gate(clinic::window(OFFERED_DAYS));
    for turn in 0..=TURNS {
        for clinic in &mut clinics {
            clinic.turn(&gate, turn > 0).await?;
        }
    }
    report.section("The hub's work per change");
    for clinic in &clinics {
        let visits = clinic.visits;
        report.row(&format!("{visits} visits: the desk's booking itself"), &clinic.book);
        report.row(&format!("{visits} visits: a booking from the log to bytes for the mirror"), &clinic.stream);
        report.row(&format!("{visits} visits: a proposal kept and decided"), &clinic.decide);
    }
    println!("\n| a change, on average | a booking | a proposal |\n| --- | --- | --- |");
    for clinic in &clinics {
        let (book, decide) = (clinic.book_moved.each(TURNS * TURN), clinic.decide_moved.each(TURNS * TURN));
        println!("| {} visits | {book} | {decide} |", clinic.visits);
    }
    let (smallest, larger) = clinics.split_first().ok_or("a clinic")?;
    for clinic in larger {
        let to = format!("{} visits to {}, p50", clinic.visits, smallest.visits);
        report.ratio(&format!("streaming a booking, {to}"), clinic.stream.p50(), smallest.stream.p50(), MOST);
        report.ratio(&format!("a proposal kept and decided, {to}"), clinic.decide.p50(), smallest.decide.p50(), MOST);
        let p99 = |of: &Times, to: &Times| of.p99().as_secs_f64() / to.p99().as_secs_f64();
        report.say(&format!(
            "p99, printed only: {:.2} × and {:.2} ×; the booking itself {:.2} × (p50)",
            p99(&clinic.stream, &smallest.stream),
            p99(&clinic.decide, &smallest.decide),
            clinic.book.p50().as_secs_f64() / smallest.book.p50().as_secs_f64(),
        ));
    }
    for clinic in clinics {
        clinic.line.store.store().close().await;
        std::fs::remove_dir_all(clinic.folder)?;
    }
    Ok(())
}

impl Clinic {
    async fn open(visits: u64) -> Outcome<Self> {
        let folder = kept::copy(&clinic::store(visits).await?, &format!("copy-growth-{visits}"))?;
        let store = clinic::open(&folder).await?;
        let mut line = Line::new(store, MirrorStore::default(), clinic::window(OFFERED_DAYS)).await?;
        line.connect().await?;
        line.live().await?;
        assert!(2 * TURN * (TURNS + 1) <= clinic::free_places(visits), "places for all of it");
        Ok(Self {
            visits,
            folder,
            line,
            used: 0,
            book: Times::new(),
            stream: Times::new(),
            decide: Times::new(),
            book_moved: Moved::default(),
            decide_moved: Moved::default(),
        })
    }

    async fn turn(&mut self, gate: &Gate, counts: bool) -> Outcome<()> {
        for _ in 0..TURN {
            let visit = self.next_free();
            let (moved, from) = (Moved::so_far()?, Instant::now());
            clinic::book(self.line.store.store(), visit).await?;
            let booked = from.elapsed();
            if counts {
                self.book_moved.add_since(moved)?;
            }
            let streamed = self.stream().await?;
            let moved = Moved::so_far()?;
            let decided = self.decide(gate).await?;
            if counts {
                self.decide_moved.add_since(moved)?;
            }
            // It holds a visit and a verdict, as a booking's entry holds a visit.
            self.stream().await?;
            if counts {
                self.book.record(booked);
                self.stream.record(streamed);
                self.decide.record(decided);
            }
        }
        Ok(())
    }

    fn next_free(&mut self) -> Appointment {
        self.used += 1;
        clinic::free(self.used - 1, self.visits)
    }

    /// What was committed goes to the mirror, which confirms it.
    async fn stream(&mut self) -> Outcome<Duration> {
        let took = self.line.stream().await?;
        self.line.live().await?;
        self.line.said.clear();
        Ok(took)
    }

    async fn decide(&mut self, gate: &Gate) -> Outcome<Duration> {
        let wish = propose(self.used, &self.next_free());
        let gate = gate.clone();
        let from = Instant::now();
        let received = self.line.store.answer(Ask::Receive(wish), desk()).await?;
        let decide = Ask::Decide { gate, ask_staff: false, now_ms: AT_MS };
        let decided = self.line.store.answer(decide, desk()).await?;
        let took = from.elapsed();
        let kept = matches!(received, Told::Received(Receipt::Noted));
        if !kept || !matches!(decided, Told::Decided { .. }) {
            return Err(format!("{received:?}, {decided:?}").into());
        }
        Ok(took)
    }
}

/// A patient nobody has seen before wishes the place of `visit`.
pub fn propose(number: u64, visit: &Appointment) -> Propose {
    let id = ProposalId(Id::from((0xab_0000_0000 + u128::from(number)).to_be_bytes()));
    let place = Place {
        practitioner: Id::from(*visit.practitioner.bytes()),
        kind: Id::from(*visit.kind.bytes()),
        patient: id.0,
        local_s: visit.time.local.and_utc().timestamp(),
        minutes: 30,
    };
    let proposal = Proposal {
        id,
        appointment: id.0,
        after: None,
        wish: Wish::Book(place),
        urgent: false,
        sealed: None,
        asked_ms: None,
    };
    Propose { id, content: proposal.to_bytes().into(), seen: 0, disputed: false }
}
