//! The system's notification that something came in online: no name, no time,
//! nothing that tells whose it is.

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
                        tell(&app, sentence).await;
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
    // Somebody has to answer those that wait; the others only have to be known of.
    let (id, count) = match arrivals {
        Arrivals { waiting: 0, confirmed } => ("notice-confirmed", confirmed),
        Arrivals { waiting, .. } => ("notice-waiting", waiting),
    };
    Some(Messages::new(choices.language()).format(id, &[("count".to_owned(), count.to_string())].into()))
}

/// Asks the system, which may take its time, away from the tasks that others wait for.
async fn tell<R: Runtime>(app: &AppHandle<R>, sentence: String) {
    let name = app.package_info().name.clone();
    let shown = tauri::async_runtime::spawn_blocking(move || {
        Notification::new().appname(&name).summary(&name).body(&sentence).icon("chairside").show().map(drop)
    });
    match shown.await {
        Ok(Ok(())) => {}
        // Without a session that shows such, nobody is told; the screens show it all the same.
        Ok(Err(error)) => tracing::info!(%error, "the system shows no notification"),
        Err(error) => tracing::error!(%error, "showing a notification did not finish"),
    }
}
