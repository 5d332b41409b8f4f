//! Judges from rows alone, apart from the code that wrote them.

use std::collections::BTreeMap;

use chairside_clinic::desk::Desk;
use chairside_schedule::Status;
use chairside_sync::body::{AppointmentRow, Id, Public, VerdictRow};

/// Entries of a log read at once.
const AT_ONCE: u32 = 1_000;

/// No two visits that occupy a practitioner's time overlap.
pub fn assert_nobody_twice(rows: &[AppointmentRow]) {
    let occupies = |row: &&AppointmentRow| Status::parse(&row.status).is_some_and(Status::occupies);
    let mut rows: Vec<_> = rows.iter().filter(occupies).collect();
    rows.sort_by_key(|row| (row.practitioner, row.start_s));
    for pair in rows.windows(2) {
        let [one, next] = pair else { continue };
        assert!(one.practitioner != next.practitioner || one.end_s <= next.start_s, "{one:?} {next:?}");
    }
}

/// Every verdict in the desk's log by its proposal, with its place there.
///
/// # Panics
/// Where a proposal was answered twice.
pub async fn verdicts(desk: &Desk) -> BTreeMap<Id, (u64, VerdictRow)> {
    let mut verdicts = BTreeMap::new();
    let mut after = 0;
    loop {
        let records = desk.store().log_after(after, AT_ONCE).await.expect("read");
        let Some(last) = records.last() else { return verdicts };
        after = last.entry.header.seq;
        for record in records {
            let Ok(Public::Verdict(verdict)) = Public::from_bytes(&record.entry.public) else { continue };
            let twice = verdicts.insert(verdict.proposal, (record.entry.header.seq, *verdict));
            assert!(twice.is_none(), "answered twice: {twice:?}");
        }
    }
}
