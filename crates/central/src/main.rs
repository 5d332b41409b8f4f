//! The central service's binary.

use std::process::ExitCode;

use chairside_central::cli;

fn main() -> ExitCode {
    cli::main()
}
