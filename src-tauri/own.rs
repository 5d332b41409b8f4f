//! The application's own commands, beside the clinic's table: what concerns
//! this computer's window and no other desk.

use chairside_clinic::problem::Problem;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_autostart::ManagerExt;

use crate::kept::Kept;
use crate::presence::{self, Asking, Leave, Presence};
use crate::tray::Tray;

/// How the application stands. `ui/src/lib/api/application.ts` has the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ApplicationView {
    /// What a person is asked before it is done.
    pub asking: Option<Asking>,
    /// A system notification tells what comes in online.
    pub notifies: bool,
    /// It starts when somebody logs in; `None` where the system doesn't say.
    pub starts_at_login: Option<bool>,
}

/// What is chosen otherwise; `None`: as it was.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choose {
    /// The screens' language, `en` or `sv`: the tray's from now on.
    pub language: Option<String>,
    /// A system notification tells what comes in online.
    pub notifies: Option<bool>,
    /// It starts when somebody logs in.
    pub starts_at_login: Option<bool>,
}

/// How the application stands.
#[tauri::command]
pub(crate) async fn application<R: Runtime>(app: AppHandle<R>) -> Result<ApplicationView, Problem> {
    Ok(view(&app))
}

/// Chooses how it behaves; answers how it stands then.
///
/// # Errors
/// `login-not-set` where the system doesn't let it start, or not start, by itself.
#[tauri::command]
pub(crate) async fn choose<R: Runtime>(app: AppHandle<R>, args: Choose) -> Result<ApplicationView, Problem> {
    let kept = app.state::<Kept>();
    kept.change(|choices| {
        if let Some(language) = args.language {
            choices.language = Some(language);
        }
        if let Some(notifies) = args.notifies {
            choices.silent = !notifies;
        }
    });
    if let Some(tray) = app.try_state::<Tray<R>>() {
        tray.speak(kept.choices().language());
    }
    if let Some(starts) = args.starts_at_login {
        let login = app.autolaunch();
        let set = if starts { login.enable() } else { login.disable() };
        set.map_err(|error| Problem::new("login-not-set").with("said", error))?;
    }
    Ok(view(&app))
}

/// Does what a person answered.
#[tauri::command]
pub(crate) async fn leave<R: Runtime>(app: AppHandle<R>, args: Leave) -> Result<(), Problem> {
    presence::leave(&app, args);
    Ok(())
}

fn view<R: Runtime>(app: &AppHandle<R>) -> ApplicationView {
    let starts_at_login = app.autolaunch().is_enabled().inspect_err(|error| {
        tracing::warn!(%error, "whether it starts at login can't be told");
    });
    ApplicationView {
        asking: app.state::<Presence>().asking(),
        notifies: !app.state::<Kept>().choices().silent,
        starts_at_login: starts_at_login.ok(),
    }
}
