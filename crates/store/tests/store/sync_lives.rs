//! A store that was restored: where mirrors stand, what they give back.

use chairside_schedule::{Appointment, Status};
use chairside_store::tx::Overlap;
use chairside_store::{HubSide, Store};
use chairside_sync::body::Id;
use chairside_sync::hub::{Ask, Born, Found, LinkId, Receipt, Told};
use chairside_sync::wire::At;
use chairside_sync::{Incarnation, Public, Tip};
use sqlx::{Connection, Row};
use uuid::Uuid;

use crate::fixture::{FIRST_LIFE, Place, book, key, moment, patient, register, visit};
use crate::sync_fixture::{
    Rule, YES, answer, ask, assert_whole, booking, cancel, decide, hub_side, id, no, proposal, receive, row,
    said_after, settle, visit_of, window,
};

pub const NINE: &str = "2026-11-24T09:00";

async fn places(store: &Store) -> Vec<At> {
    let records = store.log_after(0, 1_000).await.expect("the log");
    let place = |record: &chairside_store::Record| {
        let header = &record.entry.header;
        At::from(Tip { epoch: header.epoch, incarnation: header.incarnation, seq: header.seq, hash: record.hash })
    };
    records.iter().map(place).collect()
}

async fn find(hub: &HubSide, places: &[At]) -> Found {
    match ask(hub, Ask::Find(places.to_vec())).await {
        Told::Found(found) => found,
        other => panic!("{other:?}"),
    }
}

pub async fn born_from(hub: &HubSide, parent: At) -> Born {
    match ask(hub, Ask::Birth(parent)).await {
        Told::Born { tip, born } => {
            assert_eq!(tip, hub.store().tip());
            born
        }
        other => panic!("{other:?}"),
    }
}

/// What a restored store lost: a booking online, one by the desk, a cancel, and
/// one that was refused.
pub async fn restored() -> (Place, HubSide, Vec<Public>, Vec<At>) {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    let hub = hub_side(&store);
    settle(&hub, &[booking(1, 0, NINE)]).await;
    let backup = place.folder.with_file_name("backup.db");
    store.backup(&backup).await.expect("a backup");
    let kept = store.tip().seq;
    settle(&hub, &[booking(2, 0, "2026-11-24T10:00"), cancel(3, 1), booking(4, 0, "2026-11-24T10:00")]).await;
    book(&store, visit(0, 0, "2026-11-24T11:00")).await.expect("booked");
    let (lost, trail) = (said_after(&store, kept).await, places(&store).await);
    store.close().await;
    chairside_store::copy::restore(&place.folder, &key(), &backup, true).await.expect("restored");
    let hub = hub_side(&place.open_as(0xd4).await.expect("opens"));
    (place, hub, lost, trail)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_found_where_it_is_and_behind_a_life_that_was_left() {
    let (_place, hub, lost, trail) = restored().await;
    let store = hub.store();
    let (here, tip) = (places(store).await, store.tip().seq);
    assert_eq!(trail.len() - lost.len(), usize::try_from(tip - 1).expect("small"), "the birth is new");
    for place in &here {
        assert_eq!(find(&hub, &[*place]).await, Found::At { place: *place, resume_after: place.seq });
    }
    for place in &trail[here.len() - 1..] {
        assert_eq!(
            find(&hub, &[*place]).await,
            Found::At { place: *place, resume_after: tip - 1 },
            "its birth is next"
        );
    }
    let stranger = At { incarnation: id(9), ..trail[2] };
    let forged = At { hash: [7; 32].into(), ..here[2] };
    let nothing = At { seq: 0, hash: [0; 32].into(), ..stranger };
    for place in [stranger, forged, nothing] {
        assert_eq!(find(&hub, &[place]).await, Found::Diverged, "{place:?}");
    }
    assert_eq!(find(&hub, &[stranger, here[1]]).await, Found::At { place: here[1], resume_after: 2 });
    let born = hub.born().await.expect("read").expect("restored");
    assert_eq!((born.seq, born.parent), (tip, here[here.len() - 2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_log_is_found_before_any_birth_and_only_the_first_place_leads_to_one() {
    let (_place, hub, _, trail) = restored().await;
    let (here, tip) = (places(hub.store()).await, hub.store().tip());
    let lost = trail[trail.len() - 1];
    assert_eq!(find(&hub, &[lost, here[1]]).await, Found::At { place: here[1], resume_after: here[1].seq });
    let stranger = At { incarnation: id(9), ..lost };
    assert_eq!(find(&hub, &[stranger, lost]).await, Found::Diverged, "a mirror follows one life");
    assert_eq!(find(&hub, &[]).await, Found::Diverged);
    // Two lives have grown from the first one by now: the later one says all that the other did.
    let later = born_from(&hub, here[2]).await;
    assert!(later.seq > tip.seq);
    assert_eq!(find(&hub, &[lost]).await, Found::At { place: lost, resume_after: later.seq - 1 });
    let forged = At { hash: [7; 32].into(), ..here[1] };
    assert_eq!(find(&hub, &[forged]).await, Found::Diverged, "every birth is behind it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_says_what_the_desk_did_since_as_it_is_now_and_once() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    register(&store, patient(0)).await;
    let untouched = visit(0, 1, NINE);
    book(&store, untouched).await.expect("booked");
    settle(&hub, &[booking(1, 0, NINE)]).await;
    let parent = At::from(store.tip());
    let (first, second) = (visit(1, 1, "2026-11-24T11:00"), visit(2, 1, "2026-11-24T12:00"));
    for visit in [&second, &first] {
        book(&store, visit.clone()).await.expect("booked");
    }
    settle(&hub, &[booking(2, 0, NINE)]).await;
    let missed = Appointment { version: 2, status: Status::Noshow, note: "called".to_owned(), ..second.clone() };
    let after = missed.clone();
    store
        .write(moment(), async move |tx| tx.update_appointment(&second, &after, Overlap::Refuse).await)
        .await
        .expect("missed");
    assert_eq!(receive(&hub, &booking(3, 2, NINE)).await, Receipt::Noted);
    decide(&hub, Rule::by_staff()).await;
    let pending = row(&visit_of(&hub, 3).await.expect("it keeps its place"));
    let mut said_before = Vec::new();
    // A second life from the same place says the same, and not what the first one said beside it.
    for _ in 0..2 {
        let born = born_from(&hub, parent).await;
        let said = said_after(&store, born.seq).await;
        let [Public::Verdict(verdict), visits @ ..] = said.as_slice() else { panic!("{said:?}") };
        assert_eq!((verdict.proposal, verdict.accepted, verdict.again), (proposal(2).0, false, false));
        let expected = [row(&first), row(&missed), pending.clone()].map(Public::Appointment);
        assert_eq!(visits, expected);
        assert!(said_before.is_empty() || said_before == said);
        said_before = said;
        assert_whole(&store).await;
    }
    assert_eq!(store.appointment(missed.id).await.expect("read"), Some(missed), "the rows are what they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_knows_it_was_restored_has_nothing_to_say_again() {
    let (_place, hub, _, _) = restored().await;
    let born = hub.born().await.expect("read").expect("restored");
    assert_eq!(born.parent.seq + 1, born.seq, "it grew from its own tip");
    assert_eq!(hub.store().tip().seq, born.seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_says_again_what_was_answered_since() {
    let (_place, store) = Place::with_store().await;
    let hub = hub_side(&store);
    assert_eq!(hub.born().await.expect("read"), None, "a clinic's first life");
    settle(&hub, &[booking(1, 0, NINE)]).await;
    let parent = At::from(store.tip());
    let wishes = [booking(2, 0, NINE), booking(3, 1, NINE), cancel(4, 3)];
    settle(&hub, &wishes).await;
    ask(&hub, Ask::Acknowledged(LinkId(1), store.tip().seq)).await;
    let before = store.tip();
    let born = born_from(&hub, parent).await;
    assert_eq!(born, Born { seq: before.seq + 1, parent });
    assert_eq!(hub.born().await.expect("read"), Some(born));
    assert_ne!(store.tip().incarnation, Incarnation(Uuid::from_u128(FIRST_LIFE)));
    let said = said_after(&store, before.seq).await;
    let Public::Birth(birth) = &said[0] else { panic!("{said:?}") };
    assert_eq!(birth.parent.as_ref().map(|parent| (parent.seq, *parent.hash)), Some((parent.seq, *parent.hash)));
    let again: Vec<_> = said[1..]
        .iter()
        .map(|body| match body {
            Public::Verdict(verdict) => {
                (verdict.proposal, verdict.accepted, verdict.again, verdict.appointment.clone())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let now = row(&visit_of(&hub, 3).await.expect("there"));
    assert_eq!(
        again,
        [
            (proposal(2).0, false, false, None),
            (proposal(3).0, true, false, Some(now.clone())),
            (proposal(4).0, true, false, Some(now)),
        ]
    );
    assert_eq!((answer(&hub, &wishes[0]).await, answer(&hub, &wishes[2]).await), (no("taken"), YES));
    let mut conn = _place.raw().await;
    let acknowledged: i64 =
        sqlx::query("SELECT acknowledged FROM mirror").fetch_one(&mut conn).await.expect("read").get(0);
    assert_eq!(acknowledged.cast_unsigned(), parent.seq, "what was acknowledged behind it was of another life");
    conn.close().await.expect("closed");
    assert_whole(&store).await;
    book(&store, visit_of_nobody()).await.expect_err("an unknown patient");
    store.close().await;
    let store = _place.open().await;
    assert_eq!(hub_side(&store).born().await.expect("read"), Some(born), "and no third life");
}

fn visit_of_nobody() -> chairside_schedule::Appointment {
    chairside_schedule::Appointment { patient: crate::sync_fixture::patient_id(77), ..visit(5, 2, NINE) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_names_the_lives_that_were_left() {
    let (_place, hub, _, _) = restored().await;
    let first = Id::from(*Uuid::from_u128(FIRST_LIFE).as_bytes());
    let restored = Id::from(*hub.store().tip().incarnation.0.as_bytes());
    let tip = hub.store().tip();
    born_from(&hub, At::from(tip)).await;
    let said = said_after(hub.store(), tip.seq).await;
    assert!(matches!(&said[0], Public::Birth(birth) if birth.left == [restored, first]), "{:?}", said[0]);
    // Who begins at a mark hears of them with it.
    let Told::Marked { left, .. } = ask(&hub, Ask::Mark(window())).await else { panic!("no mark") };
    assert_eq!(left, [restored, first]);
}
