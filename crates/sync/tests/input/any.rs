//! Anything the two sides could say: every message, every field there or not.
//!
//! Boxed at every step: what proptest keeps of a message to make it smaller
//! would otherwise not fit a thread's stack.

use chairside_sync::body::{
    Alternative, AppointmentRow, BirthRow, BlockoutRow, BulkRow, ConflictRow, Hash32, Id, Parent, PendingRow,
    SettingsRow, VerdictRow, Window,
};
use chairside_sync::digest::{DayRows, Digests};
use chairside_sync::proposal::{Edit, Move, Place};
use chairside_sync::wire::{
    AnotherHub, At, Bare, Beat, Begin, Days, Differs, EndedRequest, Entries, Envelope, Equal, Hello, HowEnded, Kept,
    Message, Noted, Position, Propose, Refused, Root, Rows, Superseded, Tail, Trail, VERSION, Verdicts, Verified,
    Waiting, WaitingPlace, WaitingRequest,
};
use chairside_sync::{Causes, NodeId, Proposal, ProposalId, Public, Wish};
use minicbor::bytes::ByteVec;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use uuid::Uuid;

/// Numbers of every length on the wire, the largest and smallest among them.
fn unsigned() -> BoxedStrategy<u64> {
    prop_oneof![0..24_u64, 0..1_000_u64, any::<u64>(), Just(u64::MAX), Just(u64::from(u32::MAX) + 1)].boxed()
}

fn signed() -> BoxedStrategy<i64> {
    prop_oneof![-24..24_i64, any::<i64>(), Just(i64::MAX), Just(i64::MIN), 1_700_000_000..1_900_000_000_i64].boxed()
}

fn day() -> BoxedStrategy<i32> {
    prop_oneof![20_000..21_000_i32, any::<i32>(), Just(i32::MAX), Just(i32::MIN)].boxed()
}

/// Ids that meet again, and others.
pub fn id() -> BoxedStrategy<Id> {
    prop_oneof![(0..4_u8).prop_map(|byte| Id::from([byte; 16])), any::<[u8; 16]>().prop_map(Id::from)].boxed()
}

fn hash() -> BoxedStrategy<Hash32> {
    any::<[u8; 32]>().prop_map(Hash32::from).boxed()
}

fn bytes(most: usize) -> BoxedStrategy<ByteVec> {
    vec(any::<u8>(), 0..most).prop_map(ByteVec::from).boxed()
}

fn word() -> BoxedStrategy<String> {
    prop_oneof![Just("booked".to_owned()), Just("Europe/Stockholm".to_owned()), "\\PC{0,24}"].boxed()
}

/// Stretches of days as long as a clinic may offer.
fn window() -> BoxedStrategy<Window> {
    (day(), 0..400_i32).prop_map(|(from, days)| Window { from, to: from.saturating_add(days) }).boxed()
}

fn at() -> BoxedStrategy<At> {
    (unsigned(), id(), unsigned(), hash())
        .prop_map(|(epoch, incarnation, seq, hash)| At { epoch, incarnation, seq, hash })
        .boxed()
}

pub fn appointment() -> BoxedStrategy<AppointmentRow> {
    let who = (id(), any::<u32>(), id(), of(id()), id(), id());
    let when = (word(), day(), signed(), word(), signed(), signed());
    (who, when)
        .prop_map(
            |((id, version, practitioner, chair, kind, patient), (status, day, local_s, zone, start_s, end_s))| {
                AppointmentRow {
                    id,
                    version,
                    practitioner,
                    chair,
                    kind,
                    status,
                    day,
                    local_s,
                    zone,
                    start_s,
                    end_s,
                    patient,
                }
            },
        )
        .boxed()
}

fn blockout() -> BoxedStrategy<BlockoutRow> {
    (id(), of(id()), of(id()), day(), signed(), signed(), any::<bool>(), any::<bool>())
        .prop_map(|(id, practitioner, chair, day, start_s, end_s, for_emergencies, lifted)| BlockoutRow {
            id,
            practitioner,
            chair,
            day,
            start_s,
            end_s,
            for_emergencies,
            lifted,
        })
        .boxed()
}

fn settings() -> BoxedStrategy<SettingsRow> {
    (any::<u16>(), word()).prop_map(|(version, content)| SettingsRow { version, content }).boxed()
}

pub fn verdict() -> BoxedStrategy<VerdictRow> {
    let alternative = (id(), signed(), any::<u32>()).prop_map(|(practitioner, local_s, minutes)| Alternative {
        practitioner,
        local_s,
        minutes,
    });
    (id(), hash(), any::<bool>(), of(appointment()), of(word()), vec(alternative, 0..4), any::<bool>())
        .prop_map(|(proposal, content, accepted, appointment, reason, alternatives, again)| VerdictRow {
            proposal,
            content,
            accepted,
            appointment,
            reason,
            alternatives,
            again,
        })
        .boxed()
}

fn rows() -> BoxedStrategy<DayRows> {
    (vec(appointment(), 0..4), vec(blockout(), 0..3))
        .prop_map(|(appointments, blockouts)| DayRows { appointments, blockouts })
        .boxed()
}

fn digests() -> BoxedStrategy<Digests> {
    (hash(), btree_map(day(), hash(), 0..6)).prop_map(|(settings, days)| Digests { settings, days }).boxed()
}

/// Every kind of public part, one strategy each.
pub fn bodies() -> Vec<BoxedStrategy<Public>> {
    let parent = (id(), unsigned(), hash()).prop_map(|(incarnation, seq, hash)| Parent { incarnation, seq, hash });
    let bulk = (unsigned(), unsigned(), of(day()), of(day()), hash()).prop_map(
        |(appointments, patients, first_day, last_day, digest)| BulkRow {
            appointments,
            patients,
            first_day,
            last_day,
            digest,
        },
    );
    let pending = (id(), hash(), of(appointment())).prop_map(|(proposal, content, appointment)| PendingRow {
        proposal,
        content,
        appointment,
    });
    let conflict = (id(), id(), word(), of(appointment()), any::<bool>())
        .prop_map(|(id, appointment, kind, theirs, settled)| ConflictRow { id, appointment, kind, theirs, settled });
    vec![
        appointment().prop_map(Public::Appointment).boxed(),
        id().prop_map(Public::Patient).boxed(),
        settings().prop_map(Public::Settings).boxed(),
        blockout().prop_map(Public::Blockout).boxed(),
        bulk.prop_map(Public::Bulk).boxed(),
        (of(parent), vec(id(), 0..3)).prop_map(|(parent, left)| Public::Birth(BirthRow { parent, left })).boxed(),
        window().prop_map(Public::Mark).boxed(),
        verdict().prop_map(|row| Public::Verdict(Box::new(row))).boxed(),
        pending.prop_map(|row| Public::Pending(Box::new(row))).boxed(),
        conflict.prop_map(|row| Public::Conflict(Box::new(row))).boxed(),
    ]
}

/// A public part of any kind.
pub fn body() -> BoxedStrategy<Public> {
    proptest::strategy::Union::new(bodies()).boxed()
}

fn wish() -> BoxedStrategy<Wish> {
    let place =
        (id(), id(), id(), signed(), any::<u32>()).prop_map(|(practitioner, kind, patient, local_s, minutes)| Place {
            practitioner,
            kind,
            patient,
            local_s,
            minutes,
        });
    let to = (id(), signed(), signed()).prop_map(|(practitioner, local_s, from_local_s)| Move {
        practitioner,
        local_s,
        from_local_s,
    });
    let edit = (of(appointment()), appointment()).prop_map(|(before, after)| Edit { before, after });
    prop_oneof![
        place.prop_map(Wish::Book),
        to.prop_map(Wish::Move),
        Just(Wish::Cancel),
        edit.prop_map(|edit| Wish::Edit(Box::new(edit))),
    ]
    .boxed()
}

pub fn proposal() -> BoxedStrategy<Proposal> {
    (id(), id(), of(id()), wish(), any::<bool>(), of(bytes(40)), of(signed()))
        .prop_map(|(id, appointment, after, wish, urgent, sealed, asked_ms)| Proposal {
            id: ProposalId(id),
            appointment,
            after: after.map(ProposalId),
            wish,
            urgent,
            sealed,
            asked_ms,
        })
        .boxed()
}

fn ended() -> BoxedStrategy<EndedRequest> {
    let how = prop_oneof![Just(HowEnded::Withdrawn), Just(HowEnded::Expired)];
    (id(), bytes(40), signed(), how)
        .prop_map(|(id, content, at_ms, how)| EndedRequest { id: ProposalId(id), content, at_ms, how })
        .boxed()
}

fn waiting_place() -> BoxedStrategy<WaitingPlace> {
    let request =
        (id(), id(), signed(), any::<bool>(), of(bytes(40))).prop_map(|(id, kind, asked_ms, urgent, sealed)| {
            WaitingRequest { id: ProposalId(id), kind, asked_ms, urgent, sealed }
        });
    (id(), signed(), signed(), of(request))
        .prop_map(|(practitioner, start_s, end_s, request)| WaitingPlace { practitioner, start_s, end_s, request })
        .boxed()
}

pub fn causes() -> BoxedStrategy<Causes> {
    vec(0..5_u128, 0..6)
        .prop_map(|nodes| {
            let mut causes = Causes::default();
            nodes.into_iter().for_each(|node| causes.tick(NodeId(Uuid::from_u128(node))));
            causes
        })
        .boxed()
}

fn bare() -> BoxedStrategy<Bare> {
    // Mostly what can be read; else anything.
    let causes = prop_oneof![4 => causes().prop_map(|causes| ByteVec::from(causes.to_bytes())), 1 => bytes(30)];
    let public = prop_oneof![4 => body().prop_map(|body| ByteVec::from(body.to_bytes())), 1 => bytes(60)];
    (unsigned(), id(), signed(), 0..3_u8, id(), causes, public, hash())
        .prop_map(|(epoch, incarnation, at_ms, by_kind, by, causes, public, commitment)| Bare {
            epoch,
            incarnation,
            at_ms,
            by_kind,
            by,
            causes,
            public,
            commitment,
        })
        .boxed()
}

pub fn entries() -> BoxedStrategy<Entries> {
    (unsigned(), hash(), vec(bare(), 0..4), bytes(70))
        .prop_map(|(first_seq, prev_hash, entries, signature)| Entries { first_seq, prev_hash, entries, signature })
        .boxed()
}

fn days() -> BoxedStrategy<Vec<i32>> {
    vec(day(), 0..8).boxed()
}

/// Every message, one strategy each, in the order of their numbers.
pub fn messages() -> Vec<BoxedStrategy<Message>> {
    let hello = (id(), at(), signed(), any::<u8>(), any::<u8>(), of(at()))
        .prop_map(|(node, tip, wall_ms, oldest, newest, born)| Hello { node, tip, wall_ms, oldest, newest, born });
    let position = (of(at()), id(), unsigned(), any::<bool>(), unsigned(), any::<u8>(), signed()).prop_map(
        |(at, incarnation, token, again, surplus, version, wall_ms)| Position {
            at,
            incarnation,
            token,
            again,
            surplus,
            version,
            wall_ms,
        },
    );
    let root = (unsigned(), window(), hash()).prop_map(|(mark, window, root)| Root { mark, window, root });
    let differs = (unsigned(), digests()).prop_map(|(mark, digests)| Differs { mark, digests });
    let part = (unsigned(), of(day()), any::<u32>(), any::<u32>(), rows());
    let rest = (of(settings()), hash(), any::<bool>(), of(days()), any::<bool>());
    let some_rows = (part, rest).prop_map(
        |((mark, day, part, parts, rows), (settings, digest, last, differing, settings_differ))| Rows {
            mark,
            day,
            part,
            parts,
            rows,
            settings,
            digest,
            last,
            differing,
            settings_differ,
        },
    );
    let equal = (unsigned(), hash(), days(), of(day())).prop_map(|(mark, root, unequal, replaced)| Equal {
        mark,
        root,
        unequal,
        replaced,
    });
    let verified = (unsigned(), window(), days(), days()).prop_map(|(mark, window, except, disputed)| Verified {
        mark,
        window,
        except,
        disputed,
    });
    let propose = (id(), proposal(), bytes(40), 0..4_u8, unsigned(), any::<bool>()).prop_map(
        |(id, proposal, nonsense, which, seen, disputed)| Propose {
            id: if which == 0 { ProposalId(id) } else { proposal.id },
            content: if which == 1 { nonsense } else { proposal.to_bytes().into() },
            seen,
            disputed,
        },
    );
    let noted =
        (id(), of(verdict())).prop_map(|(id, verdict)| Noted { id: ProposalId(id), verdict: verdict.map(Box::new) });
    let lost = vec(body().prop_map(|body| ByteVec::from(body.to_bytes())), 0..4);
    let wishes = vec(proposal().prop_map(|wish| ByteVec::from(wish.to_bytes())), 0..4);
    let tail = (unsigned(), lost, wishes, vec(id(), 0..3)).prop_map(|(first, entries, wishes, untold)| Tail {
        first,
        entries,
        wishes,
        untold,
    });
    let waiting = (any::<u32>(), any::<u32>(), vec(waiting_place(), 0..4))
        .prop_map(|(held, being_booked, places)| Waiting { held, being_booked, places });
    let beat = (unsigned(), signed(), of(unsigned())).prop_map(|(seq, wall_ms, resent)| Beat { seq, wall_ms, resent });
    let verdicts = (unsigned(), vec(verdict(), 0..4), any::<bool>(), of(unsigned()), of(unsigned()))
        .prop_map(|(mark, verdicts, last, from, next)| Verdicts { mark, verdicts, last, from, next });
    vec![
        hello.prop_map(Message::Hello).boxed(),
        position.prop_map(Message::Position).boxed(),
        entries().prop_map(Message::Entries).boxed(),
        root.prop_map(Message::Root).boxed(),
        differs.prop_map(Message::Differs).boxed(),
        some_rows.prop_map(|rows| Message::Rows(Box::new(rows))).boxed(),
        equal.prop_map(Message::Equal).boxed(),
        verified.prop_map(Message::Verified).boxed(),
        propose.prop_map(Message::Propose).boxed(),
        noted.prop_map(Message::Noted).boxed(),
        (id(), word()).prop_map(|(id, code)| Message::Refused(Refused { id: ProposalId(id), code })).boxed(),
        days().prop_map(|days| Message::Resent(Days { days })).boxed(),
        tail.prop_map(Message::Tail).boxed(),
        unsigned().prop_map(|upto| Message::Kept(Kept { upto })).boxed(),
        rows().prop_map(Message::Orphans).boxed(),
        waiting.prop_map(Message::Waiting).boxed(),
        beat.prop_map(Message::Beat).boxed(),
        Just(Message::Goodbye).boxed(),
        Just(Message::Who).boxed(),
        id().prop_map(|node| Message::AnotherHub(AnotherHub { node })).boxed(),
        at().prop_map(|at| Message::Superseded(Superseded { at })).boxed(),
        Just(Message::WhereFrom).boxed(),
        vec(at(), 0..5).prop_map(|places| Message::Trail(Trail { places })).boxed(),
        verdicts.prop_map(Message::Verdicts).boxed(),
        Just(Message::CompareAgain).boxed(),
        (at(), window(), vec(id(), 0..3))
            .prop_map(|(at, window, left)| Message::Begin(Begin { at, window, left }))
            .boxed(),
        vec(ended(), 0..4).prop_map(Message::Ended).boxed(),
        unsigned().prop_map(Message::VerdictsFrom).boxed(),
    ]
}

/// Every message in an envelope for `clinic`, one strategy each.
pub fn envelopes(clinic: Id) -> Vec<BoxedStrategy<Envelope>> {
    let around = |message: BoxedStrategy<Message>| {
        (unsigned(), unsigned(), message)
            .prop_map(move |(session, nonce, message)| Envelope { version: VERSION, clinic, session, nonce, message })
            .boxed()
    };
    messages().into_iter().map(around).collect()
}
