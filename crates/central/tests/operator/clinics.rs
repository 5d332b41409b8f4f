//! Clinics are added and looked at, the same way whoever has the store.

use std::os::unix::fs::PermissionsExt;

use chairside_central::operator::door::SOCKET;

use crate::program::Place;

#[test]
fn a_clinic_added_while_it_serves_is_followed_at_once() {
    let place = Place::new();
    let first = place.add("Testhuset");
    let served = place.serve(&[]);
    let later = place.add("Provhuset");
    let (_, listed) = served.get("/api/v1/clinics");
    assert!(listed.contains(&first) && listed.contains(&later), "{listed}");
    let (status, said) = served.get(&format!("/api/v1/clinics/{later}/status"));
    assert_eq!(status, 200, "{said}");
    let facts = place.path("facts.json");
    let again = ["clinic", "add", "Provhuset", "--json", "--id", &later, "--facts", facts.to_str().expect("a path")];
    assert_eq!(place.run(&again).refused(), "clinic_known");
    served.stop();
    assert!(!place.data().join(SOCKET).exists(), "it goes with its service");
    assert_eq!(place.run(&again).refused(), "clinic_known", "at rest it is refused the same");
}

#[test]
fn the_socket_of_a_dead_service_is_replaced_and_is_its_owners_alone() {
    let place = Place::new();
    place.add("Testhuset");
    place.serve(&[]).kill();
    let socket = place.data().join(SOCKET);
    assert!(socket.exists());
    place.add("at rest, past what was left there");
    let served = place.serve(&[]);
    assert_eq!(std::fs::metadata(&socket).expect("it is there").permissions().mode() & 0o777, 0o600);
    place.add("over the new one");
    served.stop();
}

#[test]
fn a_clinic_without_facts_founds_nothing_and_refusals_are_said_in_words() {
    let place = Place::new();
    let done = place.run(&["clinic", "add", "Testhuset", "--facts", "/nowhere/facts.json"]);
    assert!(!done.status.success() && !place.data().exists());
    place.add("Testhuset");
    std::fs::write(place.data().join("central.db"), "not a database").expect("written");
    let facts = place.path("facts.json");
    let args = ["clinic", "add", "Provhuset", "--facts", facts.to_str().expect("a path"), "--language", "sv"];
    let done = place.run(&args);
    assert!(done.err.contains("är ingen databas från chairside-central"), "{}", done.err);
}

#[test]
fn a_store_whose_path_is_longer_than_a_sockets_may_be_is_asked_all_the_same() {
    let place = Place::new();
    let data = place.path(&"long".repeat(40));
    let facts = place.path("facts.json");
    std::fs::write(&facts, "{}").expect("written");
    let args = ["clinic", "add", "Testhuset", "--json", "--facts", facts.to_str().expect("a path")];
    place.run_on(&data, &args).json();
    let served = place.serve_on(&data, &[]);
    place.run_on(&data, &args).json();
    served.stop();
}
