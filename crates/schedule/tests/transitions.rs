//! Which status may follow which, the whole table.

use chairside_schedule::Status;

#[test]
fn a_status_becomes_only_what_the_table_allows() {
    use Status::*;
    let table: [(Status, &[Status]); 10] = [
        (Proposed, &[Pending, Booked, Cancelled, EnteredInError]),
        (Pending, &[Booked, Cancelled, EnteredInError]),
        (Booked, &[Arrived, CheckedIn, Fulfilled, Cancelled, Noshow, EnteredInError]),
        (Arrived, &[Booked, CheckedIn, Fulfilled, Cancelled, Noshow, EnteredInError]),
        (CheckedIn, &[Arrived, Fulfilled, Cancelled, EnteredInError]),
        (Fulfilled, &[CheckedIn, EnteredInError]),
        (Cancelled, &[Booked, EnteredInError]),
        (Noshow, &[Booked, Arrived, Cancelled, EnteredInError]),
        (Waitlist, &[Booked, Cancelled, EnteredInError]),
        (EnteredInError, &[]),
    ];
    assert_eq!(table.map(|(status, _)| status), Status::ALL);
    for (status, allowed) in table {
        let possible: Vec<_> = Status::ALL.into_iter().filter(|next| status.may_become(*next)).collect();
        assert_eq!(possible, allowed, "from {status:?}");
    }
}

#[test]
fn every_step_of_a_visits_day_can_be_taken_back() {
    use Status::*;
    for (before, after) in
        [(Booked, Arrived), (Arrived, CheckedIn), (CheckedIn, Fulfilled), (Booked, Noshow), (Booked, Cancelled)]
    {
        assert!(before.may_become(after) && after.may_become(before), "{before:?} and {after:?}");
    }
}
