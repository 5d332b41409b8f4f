//! One Tauri command for each line of the clinic's table, and the application's own.

#![expect(clippy::let_underscore_must_use, reason = "what #[tauri::command] makes of a command holds one")]

use chairside_clinic::problem::Problem;
use serde_json::Value;
use tauri::ipc::Invoke;
use tauri::{Runtime, State};

use crate::clinic::Clinic;
use crate::own;

include!("command_names.rs");

macro_rules! tauri_commands {
    ($($name:ident,)+) => {
        /// The names the window may call, in the table's order.
        pub const COMMAND_NAMES: &[&str] = &[$(stringify!($name)),+];

        $(
            #[tauri::command]
            async fn $name(clinic: State<'_, Clinic>, args: Value) -> Result<Value, Problem> {
                clinic.answer(stringify!($name), args).await
            }
        )+

        /// Answers the window's calls.
        pub(crate) fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![
                $($name,)+
                own::application,
                own::choose,
                own::leave
            ]
        }
    };
}
with_command_names!(tauri_commands);

macro_rules! own_names {
    ($($name:ident,)+) => {
        /// The application's own commands.
        pub const OWN_COMMAND_NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}
with_own_command_names!(own_names);
