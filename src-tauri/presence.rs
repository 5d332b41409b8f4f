//! Whether the application is there, seen or not: its window shown and hidden,
//! what is asked before it goes, and the end.
//!
//! **Promise.** A clinic that is paired stays online when its window is closed;
//! the first time that is said in words. It goes offline when somebody quits who
//! was told what that means, or when the session ends. A clinic that isn't
//! paired ends with its window: nobody is waiting for it.
//!
//! **Reading order.** [`closing`], [`quit`], [`leave`], [`Presence`].

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, CloseRequestApi, Emitter, Manager, Runtime, Window};

use crate::clinic::Clinic;
use crate::kept::Kept;

/// The window there is.
pub const WINDOW: &str = "main";

/// The event by which the page reads the application's state again.
pub const APPLICATION: &str = "application";

/// The event by which the page shows the requests.
pub const REQUESTS: &str = "requests";

/// What the page asks a person before the application does it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// The window is closed for the first time: the desk keeps running.
    Close,
    /// The application ends, and the clinic goes offline.
    Quit,
}

/// What a person answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leave {
    /// The window goes, the desk keeps running.
    Hide,
    /// Nothing goes.
    Stay,
    /// The application ends, after taking leave of central.
    Quit,
}

/// What is being asked, if anything is.
#[derive(Debug, Default)]
pub struct Presence(Mutex<Option<Asking>>);

impl Presence {
    /// What is being asked.
    pub fn asking(&self) -> Option<Asking> {
        *self.locked()
    }

    /// Asks that, or nothing; answers what was asked before.
    fn ask(&self, asking: Option<Asking>) -> Option<Asking> {
        std::mem::replace(&mut *self.locked(), asking)
    }

    fn locked(&self) -> MutexGuard<'_, Option<Asking>> {
        // Each change is one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody closes the window: by its frame, or its keys.
pub fn closing<R: Runtime>(window: &Window<R>, request: &CloseRequestApi) {
    let app = window.app_handle();
    if !stays(app) {
        return;
    }
    request.prevent_close();
    let presence = app.state::<Presence>();
    if app.state::<Kept>().choices().told_it_keeps_running {
        hide(app);
    } else if presence.ask(Some(Asking::Close)) == Some(Asking::Close) {
        // Closed again while it is asked: that is an answer, too.
        leave(app, Leave::Hide);
    } else {
        tell(app);
    }
}

/// Somebody wants the application to end: it does if nobody online waits for
/// the clinic; otherwise it is asked first, with what that means.
pub fn quit<R: Runtime>(app: &AppHandle<R>) {
    let presence = app.state::<Presence>();
    // Said twice, it is meant: also where the page can't ask.
    if !stays(app) || presence.ask(Some(Asking::Quit)) == Some(Asking::Quit) {
        app.exit(0);
        return;
    }
    show(app);
    tell(app);
}

/// Does what a person answered to whatever was asked.
pub fn leave<R: Runtime>(app: &AppHandle<R>, how: Leave) {
    app.state::<Presence>().ask(None);
    match how {
        Leave::Quit => return app.exit(0),
        Leave::Hide => {
            app.state::<Kept>().change(|choices| choices.told_it_keeps_running = true);
            hide(app);
        }
        Leave::Stay => {}
    }
    tell(app);
}

/// Brings the window before whoever asked for it.
pub fn show<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::error!(%error, "the window could not be shown");
    }
}

/// Brings the window with what patients ask online.
pub fn show_requests<R: Runtime>(app: &AppHandle<R>) {
    show(app);
    if let Err(error) = app.emit(REQUESTS, ()) {
        tracing::error!(%error, "the page could not be told to show the requests");
    }
}

/// Whether somebody is looking at the window.
pub fn is_seen<R: Runtime>(app: &AppHandle<R>) -> bool {
    let window = app.get_webview_window(WINDOW);
    window.is_some_and(|window| window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false))
}

/// Has the page read the application's state again.
pub fn tell<R: Runtime>(app: &AppHandle<R>) {
    if let Err(error) = app.emit(APPLICATION, ()) {
        tracing::error!(%error, "the page could not be told how the application stands");
    }
}

fn hide<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    if let Err(error) = window.hide() {
        tracing::error!(%error, "the window could not be hidden");
    }
}

/// Whether the desk goes on without its window: somebody online counts on it.
fn stays<R: Runtime>(app: &AppHandle<R>) -> bool {
    app.state::<Clinic>().opened().is_some_and(chairside_clinic::desk::Desk::is_paired)
}
