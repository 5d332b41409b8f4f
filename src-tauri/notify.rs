//! The system's notification that something came in online: no name, no time,
//! nothing that tells whose it is. A click leads to the requests.

use std::time::Duration;

use chairside_clinic::arrivals::Arrivals;
use chairside_clinic::desk::Desk;
use chairside_clinic::messages::Messages;
use notify_rust::Notification;
use tauri::{AppHandle, Manager, Runtime};

use crate::kept::Kept;
use crate::presence;

/// What comes within this time is told at once: after an outage there may be many.
const GATHERED_FOR: Duration = Duration::from_secs(1);

/// What desktops call it when a notification itself is clicked.
const CLICKED: &str = "default";

/// Tells of what comes in from now on, until the clinic closes.
pub fn follow<R: Runtime>(app: &AppHandle<R>, desk: &Desk) {
    let (app, desk) = (app.clone(), desk.clone());
    tauri::async_runtime::spawn(async move {
        let (mut changes, mut seen) = (desk.changes(), desk.store().tip().seq);
        while changes.next().await.is_some() {
            if desk.store().tip().seq == seen {
                continue;
            }
            tokio::time::sleep(GATHERED_FOR).await;
            match desk.arrivals(seen).await {
                Ok((arrivals, until)) => {
                    seen = until;
                    if let Some(sentence) = sentence(&app, arrivals) {
                        tell(&app, sentence);
                    }
                }
                Err(problem) => tracing::warn!(%problem, "what came in online can't be told"),
            }
        }
    });
}

/// What is told, if anybody has to be.
fn sentence<R: Runtime>(app: &AppHandle<R>, arrivals: Arrivals) -> Option<String> {
    let choices = app.state::<Kept>().choices();
    if arrivals.is_empty() || choices.silent || presence::is_seen(app) {
        return None;
    }
    Some(arrivals.words(&Messages::new(choices.language())))
}

/// Asks the system, which may take its time, away from whatever others wait
/// for: the thread ends when the notification is gone, or with the application.
fn tell<R: Runtime>(app: &AppHandle<R>, sentence: String) {
    let app = app.clone();
    let told = std::thread::Builder::new().name("notification".to_owned()).spawn(move || show(&app, &sentence));
    if let Err(error) = told {
        tracing::error!(%error, "nobody could be notified");
    }
}

fn show<R: Runtime>(app: &AppHandle<R>, sentence: &str) {
    let name = &app.package_info().name;
    let open = Messages::new(app.state::<Kept>().choices().language()).text("notice-open");
    let mut notification = Notification::new();
    notification.appname(name).summary(name).body(sentence).icon("chairside").action(CLICKED, &open);
    match notification.show() {
        #[cfg(all(unix, not(target_os = "macos")))]
        Ok(shown) => shown.wait_for_action(|action| {
            if action == CLICKED {
                presence::show_requests(app);
            }
        }),
        #[cfg(not(all(unix, not(target_os = "macos"))))]
        Ok(_) => {}
        // Without a session that shows such, nobody is told; the screens show it all the same.
        Err(error) => tracing::info!(%error, "the system shows no notification"),
    }
}
