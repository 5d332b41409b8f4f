//! What looks after a service while it runs: backups, forgetting, and the
//! operator's page.

use std::net::IpAddr;
use std::sync::Arc;

use chairside_mqtt::Identity;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Failed;
use crate::care::{Backups, Told, keep_backing_up, keep_forgetting};
use crate::http::Server;
use crate::operator::Operator;
use crate::operator::page::Page;
use crate::settings::Settings;
use crate::store::SqliteStorage;

/// The tasks that do it; dropped, they end.
pub struct Care(JoinSet<()>);

impl Care {
    /// Starts what the settings wish. `shown` makes what the page shows of
    /// itself at an address where it is spoken over TLS.
    pub async fn start(
        settings: &Settings,
        operator: &Operator<SqliteStorage>,
        shown: impl FnOnce(IpAddr) -> Result<Identity, Failed>,
    ) -> Result<Self, Failed> {
        let (storage, clock, care) = (&operator.storage, &operator.clock, &settings.care);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_forgetting(storage.clone(), clock.clone()));
        let mut told = None;
        if let Some(folder) = &care.backup_dir {
            let backups = Backups::new(folder.clone(), care.backup_every);
            let (tell, hears) = watch::channel(Told { last: backups.last()?, failed: None });
            tasks.spawn(keep_backing_up(storage.clone(), clock.clone(), backups, Arc::new(tell)));
            told = Some(hears);
        }
        if let Some(listen) = care.operator_listen {
            let server = Server::bind(listen).await?;
            let address = server.address();
            let away = !listen.ip().is_loopback();
            // A token in plain text would be anybody's on its way.
            let server = if away { server.over_tls(&shown(listen.ip())?)? } else { server };
            let page = Page { operator: operator.clone(), backups: told, token: care.operator_token.clone() };
            tracing::info!(%address, https = away, "the operator's page is there");
            tasks.spawn(async move {
                // Ends with the process: nothing is done over it that had to be finished.
                if let Err(error) = server.lead(page.router(), std::future::pending()).await {
                    tracing::error!(%error, "the operator's page broke off");
                }
            });
        }
        Ok(Self(tasks))
    }

    /// Ends all of it. A backup that was being written is begun anew the next time.
    pub fn stop(mut self) {
        self.0.abort_all();
    }
}
