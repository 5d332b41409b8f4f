//! Ten entries and their canonical bytes and hashes. These lines are a promise
//! to every store and mirror there is: they are added to, never changed.

use chairside_schedule::id::StaffId;
use chairside_sync::body::{AppointmentRow, BirthRow, BlockoutRow, BulkRow, Parent, SettingsRow, normalised};
use chairside_sync::chain::Misfit;
use chairside_sync::{Author, Causes, Entry, Hash, Header, Incarnation, NodeId, Private, Public, Tip};
use minicbor::bytes::ByteArray;
use uuid::Uuid;

const GOLDEN: &str = include_str!("golden/entries.txt");

fn id(number: u8) -> ByteArray<16> {
    ByteArray::from([number; 16])
}

fn appointment(version: u32, status: &str, chair: Option<u8>) -> Public {
    Public::Appointment(AppointmentRow {
        id: id(0xA1),
        version,
        practitioner: id(0xB1),
        chair: chair.map(id),
        kind: id(0xC1),
        status: status.to_owned(),
        day: 20_781,
        local_s: 1_795_512_600,
        zone: "Europe/Stockholm".to_owned(),
        start_s: 1_795_509_000,
        end_s: 1_795_511_700,
        patient: id(0xD1),
    })
}

fn entries() -> Vec<Entry> {
    let node = NodeId(Uuid::from_bytes([0x11; 16]));
    let (first, second) = (Uuid::from_bytes([0x21; 16]), Uuid::from_bytes([0x22; 16]));
    let parent = Parent { incarnation: ByteArray::from(*first.as_bytes()), seq: 8, hash: ByteArray::from([7; 32]) };
    let blockout = |lifted| {
        Public::Blockout(BlockoutRow {
            id: id(0xE1),
            practitioner: None,
            chair: None,
            day: -1,
            start_s: -3_600,
            end_s: 0,
            for_emergencies: true,
            lifted,
        })
    };
    let bodies = [
        Public::Birth(BirthRow { parent: None, left: Vec::new() }),
        Public::Settings(SettingsRow { version: 1, content: normalised("{\"name\":\"Spa\u{308}rvägen\"}") }),
        Public::Bulk(BulkRow {
            appointments: 8_000,
            patients: 2_000,
            first_day: Some(19_784),
            last_day: Some(20_453),
            digest: ByteArray::from([8; 32]),
        }),
        Public::Patient(id(0xD1)),
        appointment(1, "booked", None),
        appointment(2, "arrived", Some(0xF1)),
        blockout(false),
        blockout(true),
        Public::Birth(BirthRow { parent: Some(parent), left: Vec::new() }),
        appointment(3, "cancelled", None),
    ];
    let mut causes = Causes::default();
    bodies
        .into_iter()
        .zip(1u64..)
        .map(|(body, seq)| {
            causes.tick(node);
            let private = Private { salt: [seq as u8; 32], bytes: format!("private {seq} åäö").into_bytes() };
            let header = Header {
                epoch: 1,
                incarnation: Incarnation(if seq < 9 { first } else { second }),
                seq,
                at_ms: 1_795_500_000_000 + seq as i64,
                by: if seq % 2 == 0 {
                    Author::Staff(StaffId(Uuid::from_bytes([0x31; 16])))
                } else {
                    Author::Node(node)
                },
                causes: causes.clone(),
            };
            Entry { header, public: body.to_bytes(), commitment: private.commitment() }
        })
        .collect()
}

fn start() -> Tip {
    Tip { epoch: 1, incarnation: Incarnation(Uuid::from_bytes([0x21; 16])), seq: 0, hash: Hash::GENESIS }
}

#[test]
fn ten_entries_have_the_bytes_and_hashes_they_always_had() {
    let mut tip = start();
    let mut lines = String::new();
    for entry in entries() {
        tip = tip.after(&entry).expect("it follows");
        let bytes: String = entry.canonical().iter().map(|byte| format!("{byte:02x}")).collect();
        lines.push_str(&format!("{} {bytes} {}\n", tip.seq, tip.hash));
    }
    assert!(lines == GOLDEN, "canonical bytes changed; what is written now:\n{lines}");
}

#[test]
fn bodies_read_back_and_later_fields_are_passed_over() {
    for entry in entries() {
        let body = Public::from_bytes(&entry.public).expect("own bytes");
        assert_eq!(body.to_bytes(), entry.public);
    }
    // A patient body of a later version: one field more.
    let mut later = Public::Patient(id(0xD1)).to_bytes();
    assert_eq!(later[0], 0x82, "an array of two");
    later[0] = 0x83;
    later.push(0x18);
    later.push(42);
    assert_eq!(Public::from_bytes(&later).expect("a later version"), Public::Patient(id(0xD1)));
}

#[test]
fn an_entry_out_of_turn_or_of_an_ended_epoch_does_not_follow() {
    let entries = entries();
    assert_eq!(start().after(&entries[1]), Err(Misfit::Seq { expected: 1, found: 2 }));
    let ahead = Tip { epoch: 2, ..start() };
    assert_eq!(ahead.after(&entries[0]), Err(Misfit::Epoch { highest: 2, found: 1 }));
}

#[test]
fn every_bit_of_an_entry_is_in_its_hash() {
    let original = entries().remove(4);
    let tip = Tip { seq: 4, ..start() };
    let hash = |entry: &Entry| tip.after(entry).expect("it follows").hash;
    let changed = |change: fn(&mut Entry)| {
        let mut entry = original.clone();
        change(&mut entry);
        hash(&entry)
    };
    let hashes = [
        hash(&original),
        changed(|entry| entry.header.at_ms += 1),
        changed(|entry| entry.header.epoch += 1),
        changed(|entry| entry.header.incarnation = Incarnation(Uuid::nil())),
        changed(|entry| entry.header.by = Author::Staff(StaffId(Uuid::nil()))),
        changed(|entry| entry.header.causes = Causes::default()),
        changed(|entry| entry.public[20] ^= 1),
        changed(|entry| entry.commitment.0[31] ^= 1),
        Tip { hash: Hash([1; 32]), ..tip }.after(&original).expect("it follows").hash,
    ];
    for (at, hash) in hashes.iter().enumerate() {
        assert!(!hashes[..at].contains(hash), "change {at} left the hash as it was");
    }
}
