//! Carries what changed in the clinic to the screens.

use tauri::{AppHandle, Emitter, Manager, Runtime};

use crate::clinic::Clinic;

/// The event's name, as the screens listen for it.
pub const CHANGED: &str = "changed";

/// Emits every change, from the clinic's opening to its closing.
pub fn forward<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        // Nothing changes in a clinic that isn't open; its commands say why.
        let Ok(mut changes) = app.state::<Clinic>().desk().await.map(|desk| desk.changes()) else { return };
        while let Some(changed) = changes.next().await {
            if let Err(error) = app.emit(CHANGED, &changed) {
                tracing::error!(%error, "a change could not be told to the screens");
            }
        }
    });
}
