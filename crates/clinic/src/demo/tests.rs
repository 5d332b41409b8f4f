//! What holds of every demo clinic, whenever it is founded.

use chairside_schedule::appointment::Appointment;
use chairside_schedule::time::{Interval, MinuteOfDay, at};
use chairside_schedule::{Clinic, Practitioner, openings};
use chairside_store::Batch;
use chrono::{Days, NaiveDate};

use super::diary::Demo;
use super::gothenburg;
use super::profile::{Profile, TANDHUSET};
use crate::founding;

fn founded(profile: &'static Profile, day: NaiveDate, hour: u16) -> (Clinic, Batch) {
    let local = at(day, MinuteOfDay::hm(hour, 20).expect("a time"));
    let now = chairside_schedule::time::resolve(&founding::DEFAULT_ZONE, local).earliest();
    let mut demo = Demo::new(profile, now);
    let clinic = demo.clinic();
    let batch = demo.batch(&clinic);
    (clinic, batch)
}

fn occupied(batch: &Batch, practitioner: &Practitioner) -> Vec<Interval> {
    let own = batch.appointments.iter().filter(|visit| visit.practitioner == practitioner.id);
    own.filter(|visit| visit.status.occupies()).map(|visit| visit.time.interval).collect()
}

#[test]
fn whatever_the_hour_the_demo_is_open_and_busy() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 21).expect("a date");
    for hour in 0..24 {
        let (clinic, batch) = founded(&TANDHUSET, day, hour);
        let today = batch.appointments.iter().filter(|visit| visit.time.day() == day).count();
        assert!(today >= 20, "{today} visits at {hour}");
        let now = chairside_schedule::time::resolve(
            &founding::DEFAULT_ZONE,
            at(day, MinuteOfDay::hm(hour, 20).expect("a time")),
        )
        .earliest();
        let shown: Vec<Interval> = clinic.hours.0[5].iter().filter_map(|span| span.on(day, &clinic.zone)).collect();
        assert!(shown.iter().any(|span| span.start <= now && now < span.end), "closed at {hour}");
        for practitioner in &clinic.practitioners {
            assert_eq!(chairside_schedule::clash::pairs(&occupied(&batch, practitioner)), []);
        }
    }
}

#[test]
fn the_four_are_themselves_all_day_and_nobody_treats_while_closed() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date");
    for profile in gothenburg::ALL {
        let (clinic, batch) = founded(profile, day, 10);
        assert_eq!(clinic.id, profile.listed().id);
        assert_eq!(founded(profile, day + Days::new(30), 15).0.practitioners[0].id, clinic.practitioners[0].id);
        let place = |visit: &Appointment| (visit.id, visit.practitioner, visit.time, visit.patient);
        let at_night = founded(profile, day, 23).1;
        assert!(at_night.appointments.iter().map(place).eq(batch.appointments.iter().map(place)), "{}", clinic.name);
        for practitioner in &clinic.practitioners {
            let visits = occupied(&batch, practitioner);
            assert_eq!(chairside_schedule::clash::pairs(&visits), []);
            for visit in batch.appointments.iter().filter(|visit| visit.practitioner == practitioner.id) {
                let bookable = openings::bookable(&clinic, practitioner, visit.time.day(), &batch.blockouts, false);
                let inside =
                    |open: &Interval| open.start <= visit.time.interval.start && visit.time.interval.end <= open.end;
                assert!(bookable.iter().any(inside), "{}: {:?}", clinic.name, visit.time);
            }
        }
    }
}

#[test]
fn every_clinic_has_a_month_and_a_free_time_this_week() {
    // On a Saturday too, when all four are closed.
    for day in (21..28).filter_map(|day| NaiveDate::from_ymd_opt(2026, 11, day)) {
        for profile in gothenburg::ALL {
            let (clinic, batch) = founded(profile, day, 10);
            let booked = |from: u64, until: u64| {
                let days = day + Days::new(from)..day + Days::new(until);
                let minutes = batch.appointments.iter().filter(|visit| days.contains(&visit.time.day()));
                minutes.map(|visit| visit.time.minutes).sum::<u32>()
            };
            let open = |from: u64, until: u64| {
                let days = (from..until).map(|ahead| day + Days::new(ahead));
                let columns = days.flat_map(|day| clinic.practitioners.iter().map(move |one| (day, one)));
                let free =
                    columns.flat_map(|(day, one)| openings::bookable(&clinic, one, day, &batch.blockouts, false));
                free.map(|open| (open.end.0 - open.start.0) / 60).sum::<i64>()
            };
            let (soon, soon_open) = (i64::from(booked(1, 8)), open(1, 8));
            assert!(soon * 10 >= soon_open * 4, "{}: {soon} of {soon_open}", clinic.name);
            assert!(soon + 60 <= soon_open, "{}: {soon} of {soon_open}", clinic.name);
            assert!(i64::from(booked(30, 60)) * soon_open < soon * open(30, 60), "{}: fuller later", clinic.name);
        }
    }
}
