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
mod options;

use std::process::ExitCode;

use chairside_clinic::desk::Desk;
use tauri::{App, AppHandle, Builder, Context, Manager, RunEvent, Runtime, WebviewWindowBuilder};

pub use clinic::Clinic;
pub use commands::COMMAND_NAMES;
pub use options::{Options, OptionsError};

/// Opens the window on the clinic that the arguments and the environment name,
/// and ends when it is closed.
pub fn run() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();

    let options = match Options::read(std::env::args_os().skip(1), |name| std::env::var_os(name)) {
        Ok(options) => options,
        Err(error) => {
            tracing::error!("the window was not opened: {error}");
            return ExitCode::from(2);
        }
    };
    match build(Builder::default(), context(), options) {
        Ok(app) => {
            close_when_told(app.handle());
            app.run(|app, event| {
                if matches!(event, RunEvent::Exit) {
                    tauri::async_runtime::block_on(app.state::<Clinic>().close());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("the window could not be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The application as `run` has it, on any runtime: tests use one without a display.
///
/// # Errors
/// When the window can't be made.
pub fn build<R: Runtime>(builder: Builder<R>, context: Context<R>, options: Options) -> tauri::Result<App<R>> {
    let app = builder.invoke_handler(commands::handler()).build(context)?;
    let handle = app.handle().clone();
    let tell = move |desk: &Desk| events::forward(&handle, desk.changes());
    app.manage(Clinic::new(options, || app.path().app_data_dir(), tell)?);
    // Only now: a page that asks before there is a clinic would get nowhere.
    for window in &app.config().app.windows {
        WebviewWindowBuilder::from_config(&app, window)?.build()?;
    }
    Ok(app)
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
