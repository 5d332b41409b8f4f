//! Carries what changed in the clinic to the screens.

use chairside_clinic::desk::Changes;
use tauri::{AppHandle, Emitter, Runtime};

/// The event's name, as the screens listen for it.
pub const CHANGED: &str = "changed";

/// Emits every change from now on, until the clinic closes.
pub fn forward<R: Runtime>(app: &AppHandle<R>, mut changes: Changes) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        while let Some(changed) = changes.next().await {
            if let Err(error) = app.emit(CHANGED, &changed) {
                tracing::error!(%error, "a change could not be told to the screens");
            }
        }
    });
}
