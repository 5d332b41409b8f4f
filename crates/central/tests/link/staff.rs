//! What staff do at a desk, and the line that they open.

use chairside_clinic::api::{Accept, BookVisit, NewPatient, VisitWish};
use chairside_clinic::desk::Desk;
use chairside_clinic::link::{self, Link, LinkSettings};
use chairside_mqtt::Address;
use chairside_schedule::appointment::Source;
use chairside_schedule::id::AppointmentId;
use uuid::Uuid;

use crate::clinic::{kind, practitioner, secrets, start, tomorrow};

/// Staff book a half hour for somebody new.
pub async fn book(desk: &Desk, with: u128, place: u64) -> bool {
    let wish = VisitWish {
        patient: None,
        practitioner: practitioner(with),
        chair: None,
        kind: kind(),
        start: start(tomorrow(), place),
        minutes: 30,
    };
    let new_patient = NewPatient {
        given: format!("Given{with}"),
        family: format!("Family{place}"),
        birth: "1987".to_owned(),
        personnummer: String::new(),
        phone: String::new(),
        email: String::new(),
    };
    let booked = desk.book_visit(BookVisit {
        id: visit_id(with, place),
        wish,
        new_patient: Some(new_patient),
        note: String::new(),
        source: Source::Phone,
        accept: Accept::default(),
    });
    match booked.await {
        Ok(_) => true,
        Err(problem) if problem.code == "clash" => false,
        Err(problem) => panic!("{problem:?}"),
    }
}

/// The id of the visit that staff book at a place.
pub fn visit_id(with: u128, place: u64) -> AppointmentId {
    AppointmentId(Uuid::from_u128(0xdd_0000_0000 + (with << 16) + u128::from(place)))
}

/// Links a desk to the broker at this address.
pub async fn open(desk: &Desk, address: &Address) -> Link {
    open_for(desk, address, link::DAYS_AHEAD).await
}

/// The same, offering so many days.
pub async fn open_for(desk: &Desk, address: &Address, days_ahead: u16) -> Link {
    let name = link::peer(desk).expect("plain ids").user_name();
    let settings = LinkSettings { address: address.clone(), secrets: secrets(&name), ask_staff: false, days_ahead };
    link::open(desk, settings).await.expect("a link")
}
