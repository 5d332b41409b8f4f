//! The program ends with the code it means, whatever it was told.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::fixture::Front;

/// Runs the program and answers its exit code and what it said on standard error.
fn run(args: &[&str], key_file: &std::path::Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_chairside-clinic"))
        .args(args)
        .arg("--json")
        .env("CHAIRSIDE_KEY_FILE", key_file)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_is_told_by_its_code_and_the_program_ends_in_order() {
    let front = Front::new().await;
    let key = front.options(None).key_file;
    let other_key = key.with_file_name("other-key");
    std::fs::write(&other_key, "f".repeat(64)).expect("a key");
    let closed = front.close().await;
    let data = closed.folder.to_str().expect("a path").to_owned();
    let cases: [(&[&str], &std::path::Path, &str); 4] = [
        (&["day", "--data", &data, "--as", "Nobody"], &key, "unknown-staff"),
        (&["status", "--data", &data], &other_key, "wrong-key"),
        (&["openings", "--kind", "nothing", "--data", &data], &key, "unknown-kind-named"),
        (&["cancel", "00000000-0000-0000-0000-000000000000", "--data", &data], &key, "unknown-visit"),
    ];
    // Again and again: a connection that closes while the process ends used to tear it down now and then.
    for _ in 0..8 {
        for (args, key, code) in cases {
            let (ended, said) = run(args, key);
            assert_eq!(ended, Some(1), "{args:?}: {said}");
            let said: Value = serde_json::from_str(&said).expect("one document");
            assert_eq!(said["problem"]["code"], code);
            assert_ne!(said["message"], code);
        }
    }
    assert_eq!(run(&["verify", "--data", &data], &key).0, Some(0));
}
