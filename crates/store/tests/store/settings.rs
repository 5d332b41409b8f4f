//! Settings are the same after a restart, whatever was saved.

use chairside_schedule::Clinic;
use chairside_schedule::hours::{Break, DateException, WeeklyHours};
use chairside_schedule::id::BreakId;
use chairside_schedule::practitioner::Absence;
use chairside_schedule::time::DaySpan;
use uuid::Uuid;

use crate::fixture::{Place, book, clinic, day, kind, moment, patient, practitioner, register, visit};

fn span(text: &str) -> DaySpan {
    DaySpan::parse(text).expect("a stretch")
}

/// Saves settings in a clinic that has one visit, and reads them after a restart.
async fn after_a_restart(change: impl FnOnce(&mut Clinic)) -> Clinic {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book(&store, visit(0, 0, "2026-11-24T09:00")).await.expect("booked");
    let mut settings = clinic();
    change(&mut settings);
    store.write(moment(), async move |tx| tx.save_settings(settings).await).await.expect("saved");
    let before = store.clinic();
    store.close().await;
    let store = place.open().await;
    assert_eq!(store.clinic(), before, "a restart changes no setting");
    assert_eq!(store.verify().await.expect("verified").fault, None);
    Clinic::clone(&before)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_be_set_is_kept() {
    let change = |clinic: &mut Clinic| {
        clinic.name = "Andra huset".to_owned();
        clinic.hours.add(chrono::Weekday::Sat, span("10:00-12:00"));
        clinic.exceptions.push(DateException { date: day(), name: "Julafton".to_owned(), spans: Vec::new() });
        let lunch = Break {
            id: BreakId(Uuid::from_u128(1)),
            name: "Lunch".to_owned(),
            weekdays: [true; 7],
            span: span("12:00-13:00"),
        };
        clinic.breaks.push(lunch);
        let who = &mut clinic.practitioners[1];
        who.hours = Some(WeeklyHours::default());
        who.breaks = Some(Vec::new());
        who.active_until = Some(day());
        who.absences = vec![
            Absence { from: day(), until: day(), span: None, reason: "Ill".to_owned() },
            Absence { from: day(), until: day(), span: Some(span("08:00-10:00")), reason: String::new() },
        ];
        clinic.kinds[1].active = false;
    };
    let mut wanted = clinic();
    change(&mut wanted);
    assert_eq!(after_a_restart(change).await, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_visit_refers_to_goes_when_it_is_no_longer_named() {
    let left = after_a_restart(|clinic| {
        clinic.kinds.remove(1);
        clinic.practitioners.remove(2);
        clinic.chairs.clear();
    })
    .await;
    assert_eq!(left.kinds.iter().map(|kind| kind.id).collect::<Vec<_>>(), [kind(0)]);
    let practitioners: Vec<_> = left.practitioners.iter().map(|practitioner| practitioner.id).collect();
    assert_eq!(practitioners, [practitioner(0), practitioner(1)]);
    assert!(left.chairs.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_visit_refers_to_stays() {
    let left = after_a_restart(|clinic| {
        clinic.kinds.remove(0);
        clinic.practitioners.remove(0);
    })
    .await;
    assert!(left.kinds.iter().any(|held| held.id == kind(0)));
    assert!(left.practitioners.iter().any(|held| held.id == practitioner(0)));
}
