//! Booking, against a transaction that writes the same rows unchecked.

use std::path::Path;

use chairside_clinic::api::{Accept, BookVisit, VisitWish};
use chairside_clinic::clock;
use chairside_clinic::desk::Desk;
use chairside_schedule::PatientId;
use chairside_schedule::appointment::Source;
use chairside_schedule::id::AppointmentId;
use chrono::NaiveDateTime;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};

use crate::Outcome;
use crate::baseline::{self, Baseline};
use crate::diary::{self, Filled};
use crate::large::{self, Size};
use crate::measure::{Report, Times};

/// Bookings before any is measured.
pub const WARM_UP: usize = 100;

/// Ratios that booking may cost at most.
const MOST_P50: f64 = 1.5;
const MOST_P99: f64 = 2.0;

/// Books at `desk`, writes the same rows to `plain_folder`'s store, and a bare row, in turns.
pub async fn measure(
    report: &mut Report,
    desk: &Desk,
    plain_folder: &Path,
    wishes: Vec<BookVisit>,
    held: bool,
) -> Outcome<()> {
    let key_file = large::options(plain_folder).key_file;
    let mut beside = Baseline::open(desk.store().folder(), &key_file).await?;
    let mut plain = Baseline::open(plain_folder, &key_file).await?;
    plain.prepare_bare().await?;
    if held {
        report.say(&format!("The baseline's settings, the same as the desk's: {}.", plain.settings().await?));
        report.say(&format!("The baseline:\n\n```sql\n{}\n```", baseline::CODE));
    }
    let (mut booked, mut unchecked, mut bare) = (Times::new(), Times::new(), Times::new());
    for (at, wish) in wishes.into_iter().enumerate() {
        if at == WARM_UP {
            (booked, unchecked, bare) = (Times::new(), Times::new(), Times::new());
        }
        booked.time(desk.book_visit(wish)).await?;
        let written = beside.last_written().await?;
        unchecked.time(plain.write(written)).await?;
        bare.time(plain.write_bare()).await?;
    }

    report.section("Booking");
    report.row("book a visit at the desk", &booked);
    report.row("the same rows, unchecked", &unchecked);
    report.row("one bare row", &bare);
    if held {
        report.ratio("a booking's p50 to the unchecked transaction's", booked.p50(), unchecked.p50(), MOST_P50);
        report.ratio("a booking's p99 to the unchecked transaction's", booked.p99(), unchecked.p99(), MOST_P99);
    }
    let to_bare = booked.p50().as_secs_f64() / bare.p50().as_secs_f64();
    report.say(&format!("A booking to one bare row, p50: {to_bare:.2} ×."));
    beside.close().await?;
    plain.close().await
}

/// Visits that the desk has nothing against, all over the weeks ahead.
pub async fn wishes(desk: &Desk, size: Size, count: usize) -> Outcome<Vec<BookVisit>> {
    let clinic = desk.store().clinic();
    let mut patients: Vec<PatientId> = Vec::new();
    desk.store()
        .each_patient(|patient| {
            patients.push(patient.id);
            Ok::<_, chairside_store::StoreError>(())
        })
        .await?;
    let mut rng = SmallRng::seed_from_u64(7);
    let mut places: Vec<(NaiveDateTime, usize)> = diary::ahead(size.ahead)
        .into_iter()
        .filter(|(_, filled)| *filled == Filled::DenseScattered)
        .flat_map(|(day, _)| {
            (0..diary::PRACTITIONERS).flat_map(move |at| diary::free_places(day, at).map(move |start| (start, at)))
        })
        .collect();
    places.shuffle(&mut rng);
    let kind = clinic.kinds.first().ok_or("no kinds")?.id;
    let wishes = places.into_iter().take(count).filter_map(|(start, practitioner)| {
        Some(BookVisit {
            id: AppointmentId(clock::fresh_id(desk.clock().now_ms())),
            wish: VisitWish {
                patient: Some(*patients.choose(&mut rng)?),
                practitioner: clinic.practitioners.get(practitioner)?.id,
                chair: None,
                kind,
                start,
                minutes: diary::SHORT_MINUTES,
            },
            new_patient: None,
            note: String::new(),
            source: Source::Phone,
            // One in some thousands is at that very time with somebody else.
            accept: Accept { warnings: vec!["patient-elsewhere".to_owned()], overbook_reason: None },
        })
    });
    Ok(wishes.collect())
}
