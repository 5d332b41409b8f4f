//! From an empty folder to a full one, and back.

use std::fs;
use std::path::Path;
use std::time::Instant;

use rustix::process::{Signal, kill_process};

use crate::process::{Demo, Serving, States, free_port, program, runs, texts, until};

const CLINICS: usize = 4;

async fn all_live(demo: &Demo) -> bool {
    live(&demo.states().await)
}

fn live(states: &States) -> bool {
    assert_eq!(states.len(), CLINICS);
    states.values().all(|(state, _)| state == "live")
}

fn mails(demo: &Demo) -> Vec<String> {
    texts(Path::new(demo.told["mails"].as_str().expect("a folder")))
}

/// Books the first free place of a clinic and waits for its yes.
async fn confirmed(demo: &Demo, clinic: &str, contact: &str) -> (String, String, String) {
    let (slot, kind) = demo.free(clinic).await;
    let booking = demo.book(clinic, &slot, &kind, contact).await;
    until("confirmed", async || demo.booking(&booking).await.body["outcome"] == "confirmed").await;
    assert_eq!(demo.slot(clinic, &slot, &kind).await.body["state"], "taken");
    (booking, slot, kind)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_is_booked_and_freed_and_what_dies_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    // Desks find the broker there after a restart, too.
    let (place, mqtt) = (folder.path().join("demo"), free_port());
    let began = Instant::now();
    let demo = Demo::start(&place, mqtt);
    println!("founded, paired and live after {:?}", began.elapsed());
    assert!(all_live(&demo).await);
    let another = program().args(["--json", "demo", "--listen", "127.0.0.1:0", "--data"]).arg(&place).output();
    let refused = String::from_utf8(another.expect("it runs").stderr).expect("text");
    assert!(refused.contains("demo_in_use"), "{refused}");
    let clinics: Vec<String> = demo.states().await.into_keys().collect();

    let (booking, slot, kind) = confirmed(&demo, &clinics[0], "one@example.org").await;
    let says_so = |mail: &String| mail.contains("To: one@example.org") && mail.contains("Subject: Confirmed");
    until("a mail", async || mails(&demo).iter().any(says_so)).await;

    // Two at once are one.
    let began = Instant::now();
    let (one, other) = tokio::join!(demo.restore(), demo.restore());
    println!("freed after {:?}", began.elapsed());
    assert_eq!((one.status, other.status), (200, 200), "{one:?} {other:?}");
    assert_eq!(one.body["clinics"], CLINICS);
    assert!(all_live(&demo).await);
    assert_eq!(demo.slot(&clinics[0], &slot, &kind).await.body["state"], "free");
    assert_eq!(demo.booking(&booking).await.status, 404);

    // One desk dies; its clinic is cut off, and comes back by itself.
    let (before, since) = (demo.children(), demo.states().await);
    assert_eq!(before.len(), CLINICS);
    kill_process(before[0], Signal::KILL).expect("it can be killed");
    let again = async || {
        let now = demo.states().await;
        live(&now) && now != since
    };
    until("live again", again).await;
    let after = demo.children();
    assert!(after.len() == CLINICS && !after.contains(&before[0]), "{before:?} {after:?}");

    // The demo dies: nothing of it is left running, and the next one goes on.
    let (booking, ..) = confirmed(&demo, &clinics[1], "two@example.org").await;
    let left = demo.kill();
    assert_eq!(left.len(), CLINICS);
    until("no desk is left", async || !left.iter().any(|process| runs(*process))).await;
    let began = Instant::now();
    let demo = Demo::start(&place, mqtt);
    println!("live again after {:?}", began.elapsed());
    assert!(all_live(&demo).await);
    assert_eq!(demo.booking(&booking).await.body["outcome"], "confirmed");

    let left = demo.children();
    assert!(demo.stop().success());
    assert!(!left.iter().any(|process| runs(*process)), "a desk outlived the demo");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_died_while_all_was_founded_anew_is_founded_by_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let (place, mqtt) = (folder.path().join("demo"), free_port());
    let demo = Demo::start(&place, mqtt);
    let ids: Vec<String> = demo.states().await.into_keys().collect();
    tokio::select! {
        answer = demo.restore() => panic!("it was faster than its first step: {answer:?}"),
        () = until("nobody is let in", async || demo.get("/api/v1/clinics").await.status == 503) => {}
    }
    let left = demo.kill();
    until("no desk is left", async || !left.iter().any(|process| runs(*process))).await;

    let demo = Demo::start(&place, mqtt);
    assert!(all_live(&demo).await);
    assert!(demo.states().await.into_keys().eq(ids), "the same clinics");
    assert!(demo.stop().success());
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("desks")).expect("made");
    fs::write(folder.path().join("desks").join("mine"), "mine").expect("written");
    let output = program().args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).output();
    assert!(!output.expect("it runs").status.success());
    assert_eq!(texts(&folder.path().join("desks")), ["mine"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_freed_where_it_is_no_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    let serving = Serving::start(&folder.path().join("central"));
    let answer = serving.restore().await;
    assert_eq!((answer.status, answer.code()), (404, "no_such_path"));
}
