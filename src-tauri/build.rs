//! Allows the window's commands by name, and lets Tauri prepare its context.

include!("command_names.rs");

macro_rules! names {
    ($($name:ident,)+) => {
        &[$(stringify!($name)),+]
    };
}
const CLINIC: &[&str] = with_command_names!(names);
const OWN: &[&str] = with_own_command_names!(names);

fn main() {
    let names = [CLINIC, OWN].concat().leak();
    for path in ["src-tauri/command_names.rs", "src-tauri/capabilities", "tauri.conf.json", "icons", "ui/dist"] {
        println!("cargo:rerun-if-changed={path}");
    }
    tauri_build::try_build(
        tauri_build::Attributes::new()
            .capabilities_path_pattern("./src-tauri/capabilities/**/*")
            .app_manifest(tauri_build::AppManifest::new().commands(names)),
    )
    .expect("Tauri's configuration, capabilities and icons fit together");
}
