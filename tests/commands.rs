//! The window's commands on Tauri's own test runtime: real context, real
//! capabilities, real store, no display.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use chairside::{COMMAND_NAMES, OWN_COMMAND_NAMES, Options};
use chairside_clinic::clock::Clock;
use chairside_clinic::commands::COMMANDS;
use chairside_clinic::desk::{Desk, DeskOptions};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Listener, Manager, WebviewWindow, WebviewWindowBuilder};

/// What the desk's clock says: a Tuesday morning in the clinic, 24 November
/// 2026, 10:22, when some are done and others are yet to come.
const NOW_S: i64 = 1_795_512_120;

fn application(data: &Path, key_file: Option<&Path>) -> App<MockRuntime> {
    let (data, key_file) = (Some(data.to_owned()), key_file.map(Path::to_owned));
    let options = Options { data, key_file, now_s: Some(NOW_S), ..Options::default() };
    chairside::build(mock_builder(), chairside::context(), &options).expect("the application starts")
}

fn main_window(app: &App<MockRuntime>) -> WebviewWindow<MockRuntime> {
    app.get_webview_window("main").expect("the window is there")
}

/// Calls a command as the page does.
fn invoke(window: &WebviewWindow<MockRuntime>, command: &str, args: &Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: window.url().expect("the window shows a page"),
        body: InvokeBody::Json(json!({ "args": args })),
        headers: tauri::http::HeaderMap::new(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().expect("an answer is JSON"))
}

#[test]
fn the_window_answers_exactly_the_commands_of_the_table() {
    let table: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
    assert_eq!(COMMAND_NAMES, table, "src-tauri/command_names.rs and crates/clinic/src/commands.rs name the same");
}

#[test]
fn the_capability_allows_each_command_by_name_and_nothing_else_of_the_application() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/capabilities/desk.json");
    let capability: Value =
        serde_json::from_slice(&std::fs::read(path).expect("the capability is there")).expect("it is JSON");
    let allowed: Vec<_> = capability["permissions"]
        .as_array()
        .expect("it lists permissions")
        .iter()
        .map(|permission| permission.as_str().expect("permissions are names").to_owned())
        .filter(|permission| !permission.starts_with("core:"))
        .collect();
    let names = COMMAND_NAMES.iter().chain(OWN_COMMAND_NAMES);
    let wanted: Vec<_> = names.map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    assert_eq!(allowed, wanted);
}

#[test]
fn a_window_the_capability_does_not_name_may_call_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = application(folder.path(), None);
    let other =
        WebviewWindowBuilder::new(&app, "other", tauri::WebviewUrl::default()).build().expect("a second window");
    let refusal = invoke(&other, "clinic", &Value::Null).expect_err("it is refused");
    assert!(refusal.as_str().is_some_and(|refusal| refusal.contains("not allowed")), "{refusal}");
}

#[test]
fn a_clinic_that_cannot_be_opened_tells_every_command_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("no-such-key");
    let app = application(folder.path(), Some(&missing));
    let window = main_window(&app);
    let first = invoke(&window, "clinic", &Value::Null).expect_err("there is no key");
    assert!(first["code"].is_string(), "a problem with a code: {first}");
    for command in COMMAND_NAMES {
        assert_eq!(invoke(&window, command, &Value::Null).as_ref(), Err(&first), "{command}");
    }
}

/// A demo clinic in `folder`; answers its key file.
fn found_demo(folder: &Path) -> PathBuf {
    let key_file = folder.join("clinic.key");
    std::fs::write(&key_file, "5a".repeat(32)).expect("the key is written");
    let clock = Clock::showing(|| NOW_S * 1_000);
    let options = DeskOptions { folder: folder.join("clinic"), key_file: key_file.clone(), acting: None, clock };
    tauri::async_runtime::block_on(async { Desk::found_demo(options).await.expect("a demo clinic").close().await });
    key_file
}

#[test]
fn a_clinic_that_could_not_be_opened_is_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let key_file = found_demo(folder.path());
    let away = folder.path().join("away.key");
    std::fs::rename(&key_file, &away).expect("the key is taken away");

    let app = application(&folder.path().join("clinic"), Some(&key_file));
    let window = main_window(&app);
    let problem = invoke(&window, "clinic", &Value::Null).expect_err("there is no key");
    assert_eq!(problem["code"], "key-missing");

    std::fs::rename(&away, &key_file).expect("the key is brought back");
    invoke(&window, "clinic", &Value::Null).expect("now it opens");
}

#[test]
fn the_window_reads_and_changes_a_real_clinic_and_hears_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let key_file = found_demo(folder.path());
    let app = application(&folder.path().join("clinic"), Some(&key_file));
    let window = main_window(&app);
    let (heard, hears) = channel();
    window.listen("changed", move |event| heard.send(event.payload().to_owned()).expect("the test listens"));

    let clinic = invoke(&window, "clinic", &Value::Null).expect("the clinic");
    let today = clinic["now"].as_str().and_then(|now| now.split('T').next()).expect("its day").to_owned();
    let board = invoke(&window, "day_board", &json!({ "date": today })).expect("the day");
    let visit = board["visits"]
        .as_array()
        .and_then(|visits| visits.iter().find(|visit| visit["status"] == "booked"))
        .expect("somebody is booked");

    let change = json!({ "id": visit["id"], "version": visit["version"], "status": "arrived" });
    let saved = invoke(&window, "set_status", &change).expect("they arrive");
    assert_eq!(saved["visit"]["status"], "arrived");
    let changed = hears.recv_timeout(Duration::from_secs(30)).expect("the window hears of it");
    let changed: Value = serde_json::from_str(&changed).expect("an event is JSON");
    assert_eq!((&changed["seq"], &changed["days"]), (&saved["seq"], &json!([today])));
}

#[test]
fn what_a_command_cannot_read_is_said_by_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let key_file = found_demo(folder.path());
    let data = folder.path().join("clinic");
    let app = application(&data, Some(&key_file));
    let window = main_window(&app);
    // What nobody can answer is answered alike too.
    for command in COMMAND_NAMES.iter().filter(|name| **name != "clinic") {
        let problem = invoke(&window, command, &json!({ "no": "such thing" })).expect_err("it can't be read");
        assert_eq!(problem["code"], "bad-request", "{command}");
    }
}
