//! The desktop application: the only Rust that knows Tauri.
//!
//! **Promise.** It decides nothing. Every command goes, as it came, to the one
//! table in [`chairside_clinic::commands`]; every change the clinic tells of
//! goes, as it came, to the screens. A clinic that can't be opened still gets
//! its window, and every command in it answers why.
//!
//! **To add a command:** see [`chairside_clinic`]; here it takes a line in
//! `command_names.rs` and its `allow-…` in `capabilities/desk.json`.

mod clinic;
mod commands;
mod events;
mod kept;
mod notify;
mod only;
mod options;
mod own;
mod presence;
mod tray;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use chairside_clinic::desk::Desk;
use tauri::{App, AppHandle, Builder, Context, Manager, RunEvent, Runtime, WebviewWindowBuilder, WindowEvent};

pub use clinic::Clinic;
pub use commands::{COMMAND_NAMES, OWN_COMMAND_NAMES};
pub use options::{Options, OptionsError};

use kept::Kept;
use only::Only;
use presence::Presence;
use tray::Tray;

/// Opens the window on the clinic that the arguments and the environment name,
/// and ends when it is closed for good; shows the window that is there already.
pub fn run() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        // In a file colours are noise.
        .with_ansi(std::io::stderr().is_terminal())
        .init();

    let options = match Options::read(std::env::args_os().skip(1), |name| std::env::var_os(name)) {
        Ok(options) => options,
        Err(error) => {
            tracing::error!("the window was not opened: {error}");
            return ExitCode::from(2);
        }
    };
    match open(&options) {
        Ok(Some(app)) => {
            app.run(|app, event| {
                if matches!(event, RunEvent::Exit) {
                    tauri::async_runtime::block_on(app.state::<Clinic>().close());
                }
            });
            ExitCode::SUCCESS
        }
        Ok(None) => {
            tracing::info!("the clinic's application runs already");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("the window could not be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The application with its window and its icon in the tray; `None` where the
/// clinic has one already.
fn open(options: &Options) -> tauri::Result<Option<App>> {
    let context = context();
    let folder = folder(&context.config().identifier, options)?;
    // Before anything of a window is begun: the toolkit doesn't always end well
    // where nothing was shown.
    let first = match Only::in_folder(&folder, !options.hidden)? {
        Only::First(first) => first,
        Only::Another => return Ok(None),
    };
    let app = prepare(Builder::default(), context, options)?;
    furnish(&app, folder, options)?;
    let handle = app.handle().clone();
    first.answer(move || presence::show(&handle));
    if let Some(tray) = Tray::put_up(app.handle()) {
        app.manage(tray);
    }
    close_when_told(app.handle());
    open_without_being_asked(app.handle());
    Ok(Some(app))
}

/// The application as `run` has it, on any runtime: tests use one without a
/// display. It has no icon in the tray, and minds no other one.
///
/// # Errors
/// When the window can't be made.
pub fn build<R: Runtime>(builder: Builder<R>, context: Context<R>, options: &Options) -> tauri::Result<App<R>> {
    let app = prepare(builder, context, options)?;
    let folder = folder(&app.config().identifier, options)?;
    furnish(&app, folder, options)?;
    Ok(app)
}

/// The application before it has anything to show.
fn prepare<R: Runtime>(builder: Builder<R>, context: Context<R>, options: &Options) -> tauri::Result<App<R>> {
    builder
        .plugin(tauri_plugin_autostart::Builder::new().args(options.at_login()?).build())
        .invoke_handler(commands::handler())
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                presence::closing(window, api);
            }
        })
        .build(context)
}

/// The clinic's folder: the one that was named, or the one the system gives the application.
fn folder(identifier: &str, options: &Options) -> tauri::Result<PathBuf> {
    let given = || Some(dirs::data_dir()?.join(identifier));
    options.data.clone().or_else(given).ok_or(tauri::Error::UnknownPath)
}

/// What the window needs, and the window.
fn furnish<R: Runtime>(app: &App<R>, folder: PathBuf, options: &Options) -> tauri::Result<()> {
    let handle = app.handle().clone();
    let opened = move |desk: &Desk| {
        events::forward(&handle, desk.changes());
        notify::follow(&handle, desk);
        if let Some(tray) = handle.try_state::<Tray<R>>() {
            tray.follow(desk);
        }
    };
    app.manage(Kept::read(&folder));
    app.manage(Presence::default());
    app.manage(Clinic::new(folder, options, opened));
    // Only now: a page that asks before there is a clinic would get nowhere.
    for window in &app.config().app.windows {
        WebviewWindowBuilder::from_config(app, window)?.visible(!options.hidden).build()?;
    }
    Ok(())
}

/// Opens the clinic whether or not a page asks for it: a window that is hidden
/// may take its time, and the clinic is to be online meanwhile. One that can't
/// be opened is shown, since somebody has to see why.
fn open_without_being_asked<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if app.state::<Clinic>().desk().await.is_err() {
            presence::show(&app);
        }
    });
}

/// Closes as a person would when the session ends, instead of dying of the signal.
fn close_when_told<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        match told_to_end().await {
            Ok(()) => app.exit(0),
            Err(error) => tracing::error!(%error, "the session's end will not be noticed"),
        }
    });
}

#[cfg(unix)]
async fn told_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

#[cfg(not(unix))]
async fn told_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// Configuration, capabilities, icons and screens, as they were when this was built.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}
