//! The icon in the system's tray: how the line stands, and the way back to the
//! window once that is closed.
//!
//! **Promise.** Where there is no tray, nothing else is missing: a second start
//! shows the window, too ([`crate::only`]).

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, PoisonError};

use chairside_clinic::api::ConnectionView;
use chairside_clinic::desk::Desk;
use chairside_clinic::link::State;
use chairside_clinic::messages::{Language, Messages};
use tauri::image::Image;
use tauri::include_image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Runtime};

use crate::kept::Kept;
use crate::presence;

const OPEN: &str = "open";
const STATE: &str = "state";
const QUIT: &str = "quit";

/// The icon, its menu and what they say.
pub struct Tray<R: Runtime>(Arc<Parts<R>>);

struct Parts<R: Runtime> {
    icon: TrayIcon<R>,
    open: MenuItem<R>,
    state: MenuItem<R>,
    quit: MenuItem<R>,
    said: Mutex<Said>,
}

/// What stands there now.
struct Said {
    language: Language,
    line: Line,
}

/// How the line stands, as far as the tray says it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Line {
    paired: bool,
    state: Option<State>,
    /// By the clinic's clock, `09:12`.
    since: String,
}

impl Line {
    fn of(view: &ConnectionView) -> Self {
        let since = view.since.map(|since| since.format("%H:%M").to_string()).unwrap_or_default();
        Self { paired: view.paired, state: view.state, since }
    }

    fn image(&self) -> Image<'static> {
        match self.state {
            _ if !self.paired => include_image!("icons/tray/none.png"),
            None | Some(State::Offline) => include_image!("icons/tray/offline.png"),
            Some(State::Reconnecting) => include_image!("icons/tray/reconnecting.png"),
            Some(State::CatchingUp) => include_image!("icons/tray/catching-up.png"),
            Some(State::Checking) => include_image!("icons/tray/checking.png"),
            Some(State::Live) => include_image!("icons/tray/live.png"),
        }
    }

    /// As the top bar says it.
    fn words(&self, messages: &Messages) -> String {
        let since = [("since".to_owned(), self.since.clone())].into();
        match self.state {
            _ if !self.paired => messages.text("connection-not-paired"),
            None => messages.text("connection-broken"),
            Some(State::Offline) => messages.format("connection-offline", &since),
            Some(State::Reconnecting) => messages.format("connection-reconnecting", &since),
            Some(State::CatchingUp) => messages.text("connection-word-catching-up"),
            Some(State::Checking) => messages.text("connection-checking"),
            Some(State::Live) => messages.text("connection-live"),
        }
    }
}

impl<R: Runtime> Tray<R> {
    /// Puts the icon up; `None` where the system has no tray for it.
    pub fn put_up(app: &AppHandle<R>) -> Option<Self> {
        let language = app.state::<Kept>().choices().language();
        // The system's library for it is looked for when the first icon is
        // made; where there is none, that ends in a panic, which needs no trace.
        let hook = take_hook();
        set_hook(Box::new(|_| {}));
        let built = catch_unwind(AssertUnwindSafe(|| Self::build(app, language)));
        set_hook(hook);
        match built {
            Ok(Ok(tray)) => Some(tray),
            Ok(Err(error)) => {
                tracing::warn!(%error, "there is no icon in the tray");
                None
            }
            Err(_) => {
                tracing::warn!("there is no icon in the tray: libayatana-appindicator3 is missing");
                None
            }
        }
    }

    fn build(app: &AppHandle<R>, language: Language) -> tauri::Result<Self> {
        let messages = Messages::new(language);
        let line = Line::default();
        let item = |id: &str, text: String, enabled| MenuItem::with_id(app, id, text, enabled, None::<&str>);
        let open = item(OPEN, messages.text("tray-open"), true)?;
        let state = item(STATE, line.words(&messages), false)?;
        let quit = item(QUIT, messages.text("tray-quit"), true)?;
        let between = PredefinedMenuItem::separator(app)?;
        let menu = Menu::with_items(app, &[&open, &state, &between, &quit])?;
        let icon = TrayIconBuilder::with_id("chairside")
            .icon(line.image())
            .tooltip(line.words(&messages))
            .menu(&menu)
            .show_menu_on_left_click(false)
            .on_menu_event(|app, event| match event.id().as_ref() {
                OPEN => presence::show(app),
                QUIT => presence::quit(app),
                _ => {}
            })
            .on_tray_icon_event(|icon, event| {
                let left = MouseButton::Left;
                if matches!(event, TrayIconEvent::Click { button, button_state: MouseButtonState::Up, .. } if button == left) {
                    presence::show(icon.app_handle());
                }
            })
            .build(app)?;
        Ok(Self(Arc::new(Parts { icon, open, state, quit, said: Mutex::new(Said { language, line }) })))
    }

    /// Shows how a desk's line stands, from now on.
    pub fn follow(&self, desk: &Desk) {
        let (parts, desk) = (Arc::clone(&self.0), desk.clone());
        tauri::async_runtime::spawn(async move {
            let mut changes = desk.changes();
            loop {
                match desk.connection(()).await {
                    Ok(view) => parts.say(Line::of(&view)),
                    Err(problem) => tracing::warn!(%problem, "the tray doesn't know how the line stands"),
                }
                loop {
                    match changes.next().await {
                        None => return,
                        Some(changed) if changed.connection => break,
                        Some(_) => {}
                    }
                }
            }
        });
    }

    /// Says it in this language from now on.
    pub fn speak(&self, language: Language) {
        let mut said = self.0.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.language != language {
            said.language = language;
            self.0.write(&said);
        }
    }
}

impl<R: Runtime> Parts<R> {
    fn say(&self, line: Line) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.line == line {
            return;
        }
        let image = line.image();
        said.line = line;
        self.write(&said);
        if let Err(error) = self.icon.set_icon(Some(image)) {
            tracing::warn!(%error, "the icon in the tray shows an older state");
        }
    }

    fn write(&self, said: &Said) {
        let messages = Messages::new(said.language);
        let words = said.line.words(&messages);
        let written = self
            .open
            .set_text(messages.text("tray-open"))
            .and_then(|()| self.quit.set_text(messages.text("tray-quit")))
            .and_then(|()| self.state.set_text(&words))
            .and_then(|()| self.icon.set_tooltip(Some(&words)));
        if let Err(error) = written {
            tracing::warn!(%error, "the tray says what was so before");
        }
    }
}
