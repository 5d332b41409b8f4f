//! A clinic whose log is written here, entry by entry, and wishes for it.

use chairside_central::store::clinics::NewClinic;
use chairside_central::store::mirror::Owner;
use chairside_central::store::requests::{Booking, Claiming, NewBooking, NewRequest, Request, TakenDown, Terms};
use chairside_central::store::{Effects, Storage};
use chairside_schedule::id::{ClinicId, PractitionerId};
use chairside_schedule::time::{Instant, Interval};
use chairside_sync::body::{AppointmentRow, BirthRow, Day, Hash32, Id, Parent, VerdictRow, Window};
use chairside_sync::chain;
use chairside_sync::holds::{self, VisitorId};
use chairside_sync::hub::{State, batch};
use chairside_sync::mails::BookingId;
use chairside_sync::mirror::{Applied, follow};
use chairside_sync::proposal::{Place, content_hash32, day_of};
use chairside_sync::takeover::{Grant, Speaker};
use chairside_sync::wire::{At, Entries};
use chairside_sync::{
    Author, Causes, Entry, Hash, Header, Incarnation, NodeId, Now, Private, Proposal, ProposalId, Public, Wish,
};
use uuid::Uuid;

/// The first day that is offered, and the days.
pub const FIRST: Day = 20_000;
pub const WINDOW: Window = Window { from: FIRST, to: FIRST + 10 };
pub const NODE: u128 = 0x4e0de;
/// A clinic's first.
pub const EPOCH: u64 = 1;

/// The clinic's hub.
pub fn speaker() -> Speaker {
    Speaker { node: id(NODE), epoch: EPOCH }
}

pub fn now(wall_s: i64) -> Now {
    Now { steady_ms: 7_000, wall_ms: wall_s * 1_000 }
}

/// Well before everything that is offered.
pub const EARLY: i64 = 1_000_000_000;

pub fn id(number: u128) -> Id {
    Id::from(number.to_be_bytes())
}

pub fn clinic() -> ClinicId {
    ClinicId(Uuid::from_u128(0xc11))
}

pub fn process(number: u128) -> Uuid {
    Uuid::from_u128(0x9c00 + number)
}

/// A store with one clinic, and its owner.
pub async fn with_clinic<S: Storage>(store: &S) -> Owner {
    assert!(add(store, clinic()).await, "new");
    claim(store, 1).await
}

pub async fn add<S: Storage>(store: &S, clinic: ClinicId) -> bool {
    let new = NewClinic { id: clinic, name: "Testhuset".to_owned(), facts: r#"{"city":"Göteborg"}"#.to_owned() };
    store.add_clinic(new, now(EARLY)).await.expect("written")
}

pub async fn claim<S: Storage>(store: &S, number: u128) -> Owner {
    store.claim(clinic(), process(number), now(EARLY)).await.expect("written").expect("free")
}

/// A visit of a half hour: the `slot`th of a day.
pub fn visit(number: u128, day: Day, slot: i64) -> AppointmentRow {
    let local_s = i64::from(day) * 86_400 + 8 * 3_600 + slot * 1_800;
    AppointmentRow {
        id: id(0xbb_0000 + number),
        version: 1,
        practitioner: id(0x9001),
        chair: None,
        kind: id(0xc000),
        status: "booked".to_owned(),
        day,
        local_s,
        zone: "Europe/Stockholm".to_owned(),
        start_s: local_s - 3_600,
        end_s: local_s - 1_800,
        patient: id(0xaa),
    }
}

/// The log of a hub, as far as its mirror cares.
pub struct Log {
    pub life: u128,
    entries: Vec<(Entry, Hash)>,
}

impl Log {
    pub fn new() -> Self {
        Self { life: 1, entries: Vec::new() }
    }

    pub fn tip(&self) -> Option<At> {
        self.entries.last().map(|(entry, hash)| place(entry, *hash))
    }

    pub fn at(&self, seq: u64) -> At {
        let (entry, hash) = &self.entries[usize::try_from(seq).expect("small") - 1];
        place(entry, *hash)
    }

    /// Writes an entry.
    pub fn write(&mut self, public: &Public) {
        let before = self.entries.last().map_or(Hash::GENESIS, |(_, hash)| *hash);
        let header = Header {
            epoch: 1,
            incarnation: Incarnation(Uuid::from_u128(self.life)),
            seq: self.entries.len() as u64 + 1,
            at_ms: EARLY * 1_000,
            by: Author::Node(NodeId(Uuid::from_u128(NODE))),
            causes: Causes::default(),
        };
        let private = Private { salt: [3; 32], bytes: Vec::new() };
        let entry = Entry { header, public: public.to_bytes(), commitment: private.commitment() };
        let hash = chain::hash(before, &entry);
        self.entries.push((entry, hash));
    }

    /// The store was an older copy: everything behind `seq` is lost, and a new life begins there.
    pub fn restored_to(&mut self, seq: u64) {
        self.restored_to_leaving(seq, Vec::new());
    }

    /// The same; the birth names these lives as left.
    pub fn restored_to_leaving(&mut self, seq: u64, left: Vec<Id>) {
        self.entries.truncate(usize::try_from(seq).expect("small"));
        let parent = self.tip().expect("something is left");
        self.life += 1;
        let parent = Parent { incarnation: parent.incarnation, seq: parent.seq, hash: parent.hash };
        self.write(&Public::Birth(BirthRow { parent: Some(parent), left }));
    }

    /// Everything behind `after`, as it travels.
    pub fn batch(&self, after: u64) -> Entries {
        let from = usize::try_from(after).expect("small");
        let before = if from == 0 { Hash::GENESIS } else { self.entries[from - 1].1 };
        batch(before, self.entries[from..].iter().map(|(entry, _)| entry)).expect("entries")
    }

    /// Brings a mirror everything behind `after`.
    pub async fn send<S: Storage>(&self, store: &S, owner: Owner, after: u64) -> (Applied, Effects) {
        let at = store.load(owner).await.expect("read").at;
        let followed = follow(at, &self.batch(after), &Grant::FIRST).expect("it follows").expect("something new");
        store.apply(owner, at, followed, speaker(), now(EARLY)).await.expect("written")
    }

    /// Writes entries and brings them to the mirror.
    pub async fn say<S: Storage>(&mut self, store: &S, owner: Owner, bodies: &[Public]) -> Effects {
        let before = self.entries.len() as u64;
        bodies.iter().for_each(|body| self.write(body));
        let (applied, effects) = self.send(store, owner, before).await;
        assert!(matches!(applied, Applied::At { at, .. } if Some(at) == self.tip()), "{applied:?}");
        effects
    }
}

fn place(entry: &Entry, hash: Hash) -> At {
    At {
        epoch: entry.header.epoch,
        incarnation: Id::from(*entry.header.incarnation.0.as_bytes()),
        seq: entry.header.seq,
        hash: Hash32::from(hash.0),
    }
}

/// A log that begins with a birth and a mark, known to the mirror.
pub async fn begun<S: Storage>(store: &S, owner: Owner) -> Log {
    let mut log = Log::new();
    log.say(store, owner, &[Public::Birth(BirthRow { parent: None, left: Vec::new() }), Public::Mark(WINDOW)]).await;
    log
}

/// Every visit that is kept, in order.
pub async fn visits<S: Storage>(store: &S) -> Vec<AppointmentRow> {
    let days = store.rows(clinic(), Window { from: Day::MIN, to: Day::MAX }).await.expect("read");
    days.into_iter().flat_map(|(_, rows)| rows.appointments).collect()
}

pub fn proposal_id(number: u128) -> ProposalId {
    ProposalId(id(0xab_0000 + number))
}

pub fn booking_id(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(0xb0_0000 + number))
}

pub fn visitor(number: u128) -> VisitorId {
    VisitorId(Uuid::from_u128(0x71_0000 + number))
}

/// A place for holds: the `slot`th half hour of a day.
pub fn spot(day: Day, slot: i64) -> holds::Place {
    let row = visit(0, day, slot);
    let interval = Interval::new(Instant(row.start_s), Instant(row.end_s)).expect("a half hour");
    holds::Place { practitioner: PractitionerId(Uuid::from_u128(0x9001)), chair: None, interval }
}

/// Wish `number` for a new visit, already screened, with its place claimed.
pub fn booking(number: u128, day: Day, slot: i64) -> NewRequest {
    let row = visit(number, day, slot);
    let place = Place {
        practitioner: row.practitioner,
        kind: row.kind,
        patient: row.patient,
        local_s: row.local_s,
        minutes: 30,
    };
    NewRequest {
        clinic: clinic(),
        booking: booking_id(number),
        fresh: Some(NewBooking {
            secret_hash: Hash([5; 32]),
            contact: Some("somebody@example.org".to_owned()),
            language: "sv".to_owned(),
            terms: Terms::default(),
        }),
        proposal: Proposal {
            id: proposal_id(number),
            appointment: row.id,
            after: None,
            wish: Wish::Book(place),
            urgent: false,
            sealed: Some(b"sealed".to_vec().into()),
            asked_ms: None,
        },
        start_s: row.start_s,
        claim: Some(Claiming { visitor: visitor(number), place: spot(day, slot), day: day_of(row.local_s) }),
        idempotency: None,
        screened: true,
    }
}

/// Wish `number` about what wish `first` booked.
pub fn about(number: u128, first: &NewRequest, wish: Wish) -> NewRequest {
    let proposal = Proposal {
        id: proposal_id(number),
        after: Some(first.proposal.id),
        wish,
        sealed: None,
        asked_ms: None,
        ..first.proposal.clone()
    };
    NewRequest { fresh: None, claim: None, idempotency: None, proposal, ..first.clone() }
}

pub async fn take_down<S: Storage>(store: &S, request: &NewRequest) -> Effects {
    match store.take_down(request.clone(), now(EARLY)).await.expect("written") {
        TakenDown::Fresh(effects) => effects,
        other => panic!("{other:?}"),
    }
}

/// The clinic's answer: yes puts the visit where it was wished.
pub fn answer(request: &NewRequest, row: Option<AppointmentRow>) -> VerdictRow {
    VerdictRow {
        proposal: request.proposal.id.0,
        content: content_hash32(&request.proposal.to_bytes()),
        accepted: row.is_some(),
        reason: row.is_none().then(|| "taken".to_owned()),
        appointment: row,
        alternatives: Vec::new(),
        again: false,
    }
}

pub fn verdict(request: &NewRequest, row: Option<AppointmentRow>) -> Public {
    Public::Verdict(Box::new(answer(request, row)))
}

pub async fn kept<S: Storage>(store: &S, request: &NewRequest) -> Request {
    store.request(request.proposal.id).await.expect("read").expect("it is there")
}

pub async fn booked<S: Storage>(store: &S, number: u128) -> Booking {
    store.booking(booking_id(number)).await.expect("read").expect("it is there")
}

/// The clinic is reached, as after a verification.
pub async fn live<S: Storage>(store: &S, owner: Owner) {
    store.reached(owner, State::Live, now(EARLY)).await.expect("written");
}
