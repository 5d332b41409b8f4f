//! The headless desk: everything the window can do, and what it can't.

use std::process::ExitCode;

use chairside_clinic::cli;

fn main() -> ExitCode {
    cli::main()
}
