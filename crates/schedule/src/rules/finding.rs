//! What can stand against a visit, and what it takes to go on.

use std::collections::BTreeSet;

#[cfg(doc)]
use super::{LENGTH_STEP_MINUTES, WINDOW_DAYS};
use crate::id::AppointmentId;
use crate::time::Interval;

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Asker {
    /// Somebody at the desk.
    Staff,
    /// The patient, online.
    Patient,
}

/// What it takes to go on in spite of a finding; the gravest comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// It can't be done.
    Refused,
    /// Staff may, with a reason that is kept.
    NeedsReason,
    /// Staff may, once they have seen it.
    Warning,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $word:literal),+ $(,)?) => {
        /// What stands against a visit. Where several are as grave, they are
        /// told in this order.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $($(#[$doc])* $code),+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The word the screens and the message catalogue know it by; it doesn't change.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $word),+
                }
            }
        }
    };
}

codes! {
    /// Nobody of that id treats here.
    UnknownPractitioner = "unknown-practitioner",
    /// They don't take visits on that day yet, or no longer. Named: the practitioner.
    PractitionerInactive = "practitioner-inactive",
    /// Patients can't choose them. Named: the practitioner.
    PractitionerNotOnline = "practitioner-not-online",
    /// No kind of visit has that id.
    UnknownKind = "unknown-kind",
    /// The kind is no longer offered. Named: the kind.
    KindInactive = "kind-inactive",
    /// Patients can't ask for it themselves. Named: the kind.
    KindNotOnline = "kind-not-online",
    /// No chair has that id.
    UnknownChair = "unknown-chair",
    /// No minutes at all, or not a multiple of [`LENGTH_STEP_MINUTES`].
    Length = "length",
    /// Longer than a day, or than this one, which an hour may be missing from.
    TooLong = "too-long",
    /// The clocks are set forward over that time.
    NoSuchTime = "no-such-time",
    /// It begins before now.
    Past = "past",
    /// It lies further ahead than [`WINDOW_DAYS`].
    BeyondWindow = "beyond-window",
    /// It overlaps a visit of the same practitioner.
    Clash = "clash",
    /// It overlaps a visit in the same chair, with somebody else. Named: the chair.
    ChairClash = "chair-clash",
    /// The patient is with somebody else at that time.
    PatientElsewhere = "patient-elsewhere",
    /// The clinic is closed that day. Named: the exception, if it is one.
    Closed = "closed",
    /// The practitioner is away. Named: the reasons.
    Away = "away",
    /// It lies outside the practitioner's hours, or reaches out of them. Named: the practitioner.
    OutsideHours = "outside-hours",
    /// It reaches into a break. Named: the breaks.
    InBreak = "in-break",
    /// It reaches into a blockout, of the practitioner or the chair. Named: the reasons.
    Blocked = "blocked",
    /// It reaches into time kept for emergencies, and is none. Named: the reasons.
    KeptForEmergencies = "kept-for-emergencies",
    /// It doesn't start on the grid.
    OffGrid = "off-grid",
    /// The clocks are set back and that time comes twice; the first is taken.
    TimeTwice = "time-twice",
}

/// One thing that stands against a visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// What it takes to go on.
    pub severity: Severity,
    /// The visits it runs into, by start.
    pub with: Vec<AppointmentId>,
    /// What a sentence names beyond those, as [`Code`] says; several are parted by commas.
    pub name: Option<String>,
}

/// The names of what a visit reaches into.
#[derive(Default)]
pub(super) struct Names {
    any: bool,
    names: BTreeSet<String>,
}

impl Names {
    pub(super) fn add_if(&mut self, taken: Option<Interval>, interval: Interval, name: &str) {
        if taken.is_some_and(|taken| taken.overlaps(interval)) {
            self.any = true;
            if !name.is_empty() {
                self.names.insert(name.to_owned());
            }
        }
    }
}

pub(super) struct Findings {
    pub(super) asker: Asker,
    /// The visit lies on a day before today.
    pub(super) past_day: bool,
    pub(super) found: Vec<Finding>,
}

impl Findings {
    pub(super) fn add(&mut self, code: Code) {
        self.push(code, Vec::new(), None);
    }

    pub(super) fn add_named(&mut self, code: Code, name: String) {
        self.push(code, Vec::new(), Some(name));
    }

    /// An empty name is none.
    pub(super) fn add_with_name(&mut self, code: Code, name: String) {
        self.push(code, Vec::new(), Some(name).filter(|name| !name.is_empty()));
    }

    pub(super) fn add_names(&mut self, code: Code, names: Names) {
        if names.any {
            self.add_with_name(code, names.names.into_iter().collect::<Vec<_>>().join(", "));
        }
    }

    pub(super) fn add_with(&mut self, code: Code, with: Vec<AppointmentId>, name: Option<String>) {
        if !with.is_empty() {
            self.push(code, with, name);
        }
    }

    fn push(&mut self, code: Code, with: Vec<AppointmentId>, name: Option<String>) {
        let severity = severity(code, self.asker, self.past_day);
        self.found.push(Finding { code, severity, with, name });
    }

    pub(super) fn in_order(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|finding| (finding.severity, finding.code));
        self.found
    }
}

/// What it takes to go on. Patients can't go on in spite of anything.
fn severity(code: Code, asker: Asker, past_day: bool) -> Severity {
    if asker == Asker::Patient {
        return Severity::Refused;
    }
    match code {
        Code::UnknownPractitioner
        | Code::PractitionerInactive
        | Code::PractitionerNotOnline
        | Code::UnknownKind
        | Code::KindNotOnline
        | Code::UnknownChair
        | Code::Length
        | Code::TooLong
        | Code::NoSuchTime => Severity::Refused,
        // A visit that began earlier today may be taken down; one of another
        // day would rewrite what is over.
        Code::Past if past_day => Severity::Refused,
        Code::Clash | Code::ChairClash => Severity::NeedsReason,
        Code::Past
        | Code::KindInactive
        | Code::BeyondWindow
        | Code::PatientElsewhere
        | Code::Closed
        | Code::Away
        | Code::OutsideHours
        | Code::InBreak
        | Code::Blocked
        | Code::KeptForEmergencies
        | Code::OffGrid
        | Code::TimeTwice => Severity::Warning,
    }
}
