//! What stands open is shown the same, whoever has the store, and says of nobody who they are.

use serde_json::{Value, json};

use crate::program::Place;
use crate::store::{full, request};

/// Every command that only looks.
const LOOKS: [&[&str]; 5] = [&["devices"], &["queue"], &["orphans"], &["quarantine"], &["mails"]];

fn looked(place: &Place) -> Vec<Value> {
    let json = |args: &&[&str]| place.run(&[*args, &["--json"]].concat()).json();
    LOOKS.iter().map(json).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_open_is_shown_while_it_serves_as_at_rest() {
    let place = Place::new();
    full(&place.data()).await;
    let at_rest = looked(&place);
    let [devices, queue, orphans, quarantine, mails] = at_rest.as_slice() else { panic!("{at_rest:?}") };
    assert_eq!(devices["devices"], json!([]));
    let requests = queue["requests"].as_array().expect("requests");
    let seen: Vec<_> = requests.iter().map(|line| (line["request"].clone(), line["state"].clone())).collect();
    assert_eq!(seen, [(json!(request(2)), json!("sent")), (json!(request(1)), json!("held"))]);
    assert_eq!(requests[0]["days"], json!(["2024-10-05"]));
    assert_eq!(orphans["orphans"][0]["at"], json!("2024-10-04T12:30:00"));
    assert_eq!(quarantine["requests"][0]["why"], json!("refused"));
    let mail = &mails["mails"][0];
    assert_eq!((&mail["why"], &mail["tries"]), (&json!("smtp_refused"), &json!(1)));
    let clinics = place.run(&["clinics", "--json"]).json();
    let clinic = &clinics["clinics"][0];
    assert_eq!((&clinics["serving"], &clinic["held"], &clinic["sent"]), (&json!(false), &json!(1), &json!(1)));
    assert_eq!((&clinic["aside"], &clinic["orphans"], &clinic["mails_waiting"]), (&json!(1), &json!(1), &json!(2)));

    let served = place.serve(&[]);
    assert_eq!(looked(&place), at_rest, "asked of the service it is the same");
    assert_eq!(place.run(&["clinics", "--json"]).json()["serving"], json!(true));
    served.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_tables_and_nowhere_an_address() {
    let place = Place::new();
    full(&place.data()).await;
    for (args, says) in [
        (
            &["clinics"][..],
            &["Testhuset", "set aside: 1, orphans: 1, mails not delivered: 1", "The service is not running."][..],
        ),
        (&["queue"], &["sent, no answer yet", "new visit 2024-10-05", "s…@example.org"]),
        (&["orphans"], &["2024-10-04 12:30:00", "only here"]),
        (&["quarantine"], &["the clinic could not take it"]),
        (&["mails"], &["the mail server refuses it for good", "s…@example.org"]),
        (&["devices"], &["No desk is paired yet."]),
        (&["queue", "--language", "sv"], &["skickad, inget svar än", "nytt besök"]),
    ] {
        let done = place.run(args);
        assert!(done.status.success(), "{}", done.err);
        assert!(says.iter().all(|says| done.out.contains(says)), "{args:?}: {}", done.out);
        assert!(!done.out.contains("somebody@"), "{}", done.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_aside_is_put_back_once() {
    let place = Place::new();
    full(&place.data()).await;
    let served = place.serve(&[]);
    let again = ["quarantine", "try-again", &request(3), "--json"];
    assert_eq!(place.run(&again).json()["request"], json!(request(3)));
    assert_eq!(place.run(&["quarantine", "--json"]).json()["requests"], json!([]));
    assert_eq!(place.run(&["queue", "--json"]).json()["requests"].as_array().map(Vec::len), Some(3));
    assert_eq!(place.run(&again).refused(), "not_set_aside");
    served.stop();
    assert_eq!(place.run(&again).refused(), "not_set_aside");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_given_up_is_tried_again() {
    let place = Place::new();
    full(&place.data()).await;
    let mails = place.run(&["mails", "--json"]).json();
    let booking = mails["mails"][0]["booking"].as_str().expect("an id").to_owned();
    let folder = place.path("mails");
    let served = place.serve(&["--mail-dir", folder.to_str().expect("a path"), "--mail-from", "c@example.org"]);
    // Two others wait; they leave by themselves.
    let arrived = || {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        files.filter(|file| file.path().extension().is_some_and(|is| is == "eml")).count()
    };
    served.wait_until(|| arrived() == 2);
    let again = ["mails", "try-again", &booking, "--json"];
    assert_eq!(place.run(&again).json()["mails"], json!(1));
    served.wait_until(|| arrived() == 3);
    assert_eq!(place.run(&["mails", "--json"]).json()["mails"], json!([]));
    assert_eq!(place.run(&again).refused(), "no_dead_mail");
    served.stop();
}

#[test]
fn nothing_is_founded_by_looking() {
    let place = Place::new();
    for args in LOOKS {
        assert_eq!(place.run(&[args, &["--json"]].concat()).refused(), "no_store");
    }
    assert!(!place.data().exists());
}
