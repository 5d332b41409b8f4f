//! Ids. Two ids of one kind of number are two types, so a patient can't be
//! passed where a practitioner is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        ///
        /// A UUID, version 7 where it was drawn here, so that ids made later
        /// sort later. Opaque to everyone: it says nothing of what it names.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes as the store keeps them.
            pub fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Reads back what [`Self::bytes`] gave; `None` unless there are sixteen.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A clinic.
    ClinicId,
    /// A person who treats: dentist, hygienist, assistant.
    PractitionerId,
    /// A treatment chair, where a clinic plans chairs too.
    ChairId,
    /// A kind of visit.
    KindId,
    /// A patient.
    PatientId,
    /// An appointment.
    AppointmentId,
    /// A stretch of time that is not for visits.
    BlockoutId,
    /// A break that returns.
    BreakId,
    /// Somebody who works at the desk.
    StaffId,
    /// A wish made online, or at another desktop of the clinic: its proposal's id.
    RequestId,
    /// Something only a person can settle.
    ConflictId,
}
