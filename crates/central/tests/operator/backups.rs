//! Everything in one file, while it serves, and the way back.

use serde_json::json;

use crate::program::Place;
use crate::store::full;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_it_serves_is_brought_back_elsewhere() {
    let place = Place::new();
    full(&place.data()).await;
    let served = place.serve(&[]);
    let file = place.path("backup");
    let to = ["backup", "--json", "--to", file.to_str().expect("a path")];
    let done = place.run(&to).json();
    assert_eq!((&done["clinics"], &done["bookings"], &done["requests"]), (&json!(1), &json!(3), &json!(3)));
    assert_eq!(place.run(&to).refused(), "file_exists");
    let later = place.add("Provhuset");

    let from = ["restore", "--json", "--from", file.to_str().expect("a path")];
    assert_eq!(place.run(&from).refused(), "store_in_use");
    let anew = place.path("anew");
    let restored = place.run_on(&anew, &from).json();
    assert_eq!((&restored["clinics"], &restored["requests"]), (&json!(1), &json!(3)));
    assert_eq!(place.run_on(&anew, &from).refused(), "file_exists");

    let second = place.serve_on(&anew, &[]);
    let (_, listed) = second.get("/api/v1/clinics");
    assert!(listed.contains("Testhuset") && !listed.contains(&later), "as it was then: {listed}");
    let clinics = place.run_on(&anew, &["clinics", "--json"]).json();
    assert_eq!(clinics["clinics"][0]["replaying"], json!(true), "no mail before the clinic was heard out");
    second.stop();
    served.stop();
    assert_eq!(place.run(&from).refused(), "file_exists", "at rest too there is a store");
}

#[test]
fn what_is_refused_is_said_in_words() {
    let place = Place::new();
    let letter = place.path("letter");
    std::fs::write(&letter, "a letter to my mother, and nothing that could be brought back").expect("written");
    let done = place.run(&["restore", "--from", letter.to_str().expect("a path"), "--language", "sv"]);
    assert!(done.err.contains("är ingen databas från chairside-central"), "{}", done.err);
    let done = place.run(&["restore", "--from", "/nowhere/backup"]);
    assert!(done.err.contains("There is no /nowhere/backup."), "{}", done.err);
}

#[test]
fn a_store_of_a_newer_version_is_refused_in_words_before_anything_is_served() {
    let place = Place::new();
    place.add("Testhuset");
    place.serve(&[]).stop();
    crate::store::written_by_a_newer_version(&place.data());
    for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["clinics"]] {
        let done = place.run(args);
        assert!(!done.status.success());
        assert!(done.err.contains("written by a newer version of chairside-central"), "{args:?}: {}", done.err);
    }
}
