//! The window of Chairside.

// No console window beside it in a release on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    chairside::run()
}
