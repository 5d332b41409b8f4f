//! The window's commands on Tauri's own test runtime: real context, real
//! capabilities, real store, no display.

use std::path::Path;

use chairside::{COMMAND_NAMES, Options};
use chairside_clinic::commands::COMMANDS;
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewWindow, WebviewWindowBuilder};

fn application(data: &Path, key_file: Option<&Path>) -> App<MockRuntime> {
    let options = Options { data: Some(data.to_owned()), key_file: key_file.map(Path::to_owned), now_s: None };
    chairside::build(mock_builder(), chairside::context(), options).expect("the application starts")
}

fn main_window(app: &App<MockRuntime>) -> WebviewWindow<MockRuntime> {
    app.get_webview_window("main").expect("the window is there")
}

/// Calls a command as the page does.
fn invoke(window: &WebviewWindow<MockRuntime>, command: &str, args: Value) -> Result<Value, Value> {
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
    let wanted: Vec<_> = COMMAND_NAMES.iter().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    assert_eq!(allowed, wanted);
}

#[test]
fn a_window_the_capability_does_not_name_may_call_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = application(folder.path(), None);
    let other =
        WebviewWindowBuilder::new(&app, "other", tauri::WebviewUrl::default()).build().expect("a second window");
    let refusal = invoke(&other, "clinic", Value::Null).expect_err("it is refused");
    assert!(refusal.as_str().is_some_and(|refusal| refusal.contains("not allowed")), "{refusal}");
}

#[test]
fn a_clinic_that_cannot_be_opened_tells_every_command_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("no-such-key");
    let app = application(folder.path(), Some(&missing));
    let window = main_window(&app);
    let first = invoke(&window, "clinic", Value::Null).expect_err("there is no key");
    assert!(first["code"].is_string(), "a problem with a code: {first}");
    for command in COMMAND_NAMES {
        assert_eq!(invoke(&window, command, Value::Null).as_ref(), Err(&first), "{command}");
    }
}
