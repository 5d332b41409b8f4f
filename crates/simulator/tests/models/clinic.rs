//! A clinic with one place: half an hour with one practitioner.

use std::sync::LazyLock;

use chairside_schedule::clinic::Grid;
use chairside_schedule::hours::WeeklyHours;
use chairside_schedule::kind::{KindColour, VisitKind};
use chairside_schedule::practitioner::Practitioner;
use chairside_schedule::rules::Busy;
use chairside_schedule::time::{DaySpan, Instant};
use chairside_schedule::{Clinic, Status};
use chairside_sync::body::{AppointmentRow, Day, Hash32, Id, VerdictRow};
use chairside_sync::decide::{Decision, Facts, First, Terms, busy_of, decide};
use chairside_sync::hub::{Receipt, Seen, receipt};
use chairside_sync::proposal::{Place, Proposal, content_hash};
use chairside_sync::wire::Propose;
use chairside_sync::{ProposalId, Wish};
use chrono::Weekday;
use uuid::Uuid;

/// The day the place is on: Monday, 2 March 2026.
pub const DAY: Day = 20_514;

/// When it begins; the clinic is in UTC.
pub const START_S: i64 = DAY as i64 * 86_400 + 8 * 3_600;

/// How long it is.
pub const MINUTES: u32 = 30;

/// The one who treats.
pub const PRACTITIONER: u8 = 1;

const KIND: u8 = 2;
const CLINIC: u8 = 3;

/// An id of one byte.
pub fn id(number: u8) -> Id {
    Id::from([number; 16])
}

/// The same as a UUID.
pub fn uuid(number: u8) -> Uuid {
    Uuid::from_bytes([number; 16])
}

static THE_CLINIC: LazyLock<Clinic> = LazyLock::new(|| {
    let mut hours = WeeklyHours::default();
    hours.add(Weekday::Mon, DaySpan::parse("08:00-08:30").expect("a span"));
    Clinic {
        id: uuid(CLINIC).into(),
        name: "Clinic".to_owned(),
        address: String::new(),
        city: String::new(),
        zone: chrono_tz::UTC,
        grid: Grid::DEFAULT,
        hours,
        hours_derived: false,
        exceptions: Vec::new(),
        breaks: Vec::new(),
        waiting_limit_minutes: 15,
        online: chairside_schedule::clinic::OnlineRule::default(),
        uses_chairs: false,
        chairs: Vec::new(),
        practitioners: vec![Practitioner {
            id: uuid(PRACTITIONER).into(),
            name: "Practitioner".to_owned(),
            role: "Dentist".to_owned(),
            room: String::new(),
            active_from: None,
            active_until: None,
            hours: None,
            breaks: None,
            absences: Vec::new(),
            bookable_online: true,
            position: 0,
        }],
        kinds: vec![VisitKind {
            id: uuid(KIND).into(),
            name: "Examination".to_owned(),
            minutes: MINUTES,
            colour: KindColour::Examination,
            bookable_online: true,
            emergency: false,
            active: true,
        }],
    }
});

/// A patient's wish for the place. Each has an id of its own, and so has the visit it would be.
pub fn booking(number: u8) -> Proposal {
    Proposal {
        id: ProposalId(id(0x10 + number)),
        appointment: id(0x20 + number),
        after: None,
        wish: Wish::Book(Place {
            practitioner: id(PRACTITIONER),
            kind: id(KIND),
            patient: id(0x30 + number),
            local_s: START_S,
            minutes: MINUTES,
        }),
        urgent: false,
        sealed: None,
        asked_ms: None,
    }
}

/// The wish to have that booking no longer.
pub fn cancel(number: u8) -> Proposal {
    Proposal {
        id: ProposalId(id(0x40 + number)),
        after: Some(booking(number).id),
        wish: Wish::Cancel,
        ..booking(number)
    }
}

/// A visit in the place, as staff write one or a booking becomes one.
pub fn visit(number: u8) -> AppointmentRow {
    AppointmentRow {
        id: id(0x20 + number),
        version: 1,
        practitioner: id(PRACTITIONER),
        chair: None,
        kind: id(KIND),
        status: Status::Booked.as_str().to_owned(),
        day: DAY,
        local_s: START_S,
        zone: "UTC".to_owned(),
        start_s: START_S,
        end_s: START_S + i64::from(MINUTES) * 60,
        patient: id(0x30 + number),
    }
}

/// What the hub decides about a proposal, the day before, with these visits on
/// its schedule; `all_resent` if nothing that was sent is still on its way.
pub fn decision(proposal: &Proposal, visits: &[AppointmentRow], first: First, all_resent: bool) -> Decision {
    let busy: Vec<Busy> = visits.iter().filter_map(busy_of).collect();
    let facts = Facts {
        clinic: &THE_CLINIC,
        visit: visits.iter().find(|row| row.id == proposal.appointment).cloned(),
        first,
        busy: &busy,
        blockouts: &[],
    };
    let terms =
        Terms { now: Instant(START_S - 86_400), ask_staff: false, all_resent, disputed: false, clocks_apart: false };
    decide(proposal, &facts, terms)
}

/// What the hub answers to a proposal whose id it has seen (`Some`) and maybe decided.
pub fn taken_in(proposal: &Proposal, seen: Option<Option<bool>>) -> (Receipt, bool) {
    let content = proposal.to_bytes();
    let seen = seen.map(|verdict| Seen {
        content: content_hash(&content),
        verdict: verdict.map(|accepted| VerdictRow {
            proposal: proposal.id.0,
            content: Hash32::from(content_hash(&content).0),
            accepted,
            appointment: None,
            reason: None,
            alternatives: Vec::new(),
            again: false,
        }),
    });
    let propose = Propose { id: proposal.id, content: content.into(), seen: 0, disputed: false };
    let (answer, kept) = receipt(&propose, seen.as_ref());
    (answer, kept.is_some())
}
