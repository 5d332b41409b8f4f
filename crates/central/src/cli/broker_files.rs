//! `broker-files`: what an outside broker needs.

use std::path::PathBuf;

use clap::Args;

use super::Failed;
use crate::operator::Ask;

/// Where the files go, and whose they are.
#[derive(Args)]
pub struct BrokerFiles {
    /// The folder; `--broker-files` of a running service keeps it up to date.
    #[arg(long)]
    out: PathBuf,
    /// What the broker's machine is called, by names or addresses; this machine otherwise.
    #[arg(long = "host")]
    hosts: Vec<String>,
    /// Where it is to listen.
    #[arg(long, default_value_t = 8883)]
    port: u16,
}

impl BrokerFiles {
    /// What that asks for.
    pub fn ask(self) -> Result<Ask, Failed> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        names.extend(self.hosts);
        // The running service is another process with a folder of its own.
        let folder = std::path::absolute(self.out)?;
        Ok(Ask::WriteBrokerFiles { folder, names, port: self.port })
    }
}
