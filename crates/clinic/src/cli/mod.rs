//! The command line of `chairside-clinic`.
//!
//! Exit codes: 0 done, 1 not done (a problem, named on standard error), 2 the
//! words of the call are off, 3 a check found something wrong.

mod args;
mod bring;
mod demo;
mod listen;
mod output;
mod place;
mod run;
mod show;
mod state;
mod summary;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser;

use crate::messages::{Language, Messages};
use args::Cli;
use output::Output;

/// How long a store may take to close: a checkpoint of all its journal, on a slow disk.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(20);

/// Runs one call of the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // In a file colours are noise.
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("CHAIRSIDE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
    let language = cli.language.unwrap_or_else(|| Language::of_locale(locale.as_deref().unwrap_or_default()));
    let output = Output::new(cli.json, Messages::new(language));
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output.problem(&crate::problem::Problem::new("internal").with("detail", error)),
    };
    let code = match runtime.block_on(run::run(cli, &output)) {
        Ok(code) => code,
        Err(problem) => output.problem(&problem),
    };
    // Tasks that were cut off let their stores go with it.
    drop(runtime);
    if !chairside_store::wait_until_closed(CLOSING) {
        tracing::warn!("the store did not close in time");
    }
    code
}
