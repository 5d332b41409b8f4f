//! `serve`: the screens over HTTP, until somebody ends it.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

use super::output::Output;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::serve::Server;

/// Serves until told to stop, then closes the store.
///
/// # Errors
/// `not-loopback`, `port-taken`.
pub async fn serve(desk: Desk, address: SocketAddr, ui: Option<PathBuf>, output: &Output) -> Result<(), Problem> {
    #[derive(Serialize)]
    struct Document {
        url: String,
        address: SocketAddr,
    }
    let server = Server::bind(desk.clone(), address, ui).await?;
    let document = Document { url: server.url(), address: server.address() };
    output.answer(&document, |_| vec![document.url.clone()])?;
    let done = server.run(until_told_to_stop()).await;
    desk.close().await;
    done.map_err(|error| Problem::new("internal").with("detail", error))
}

/// Until Ctrl+C, or whoever started us ends us.
async fn until_told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = async { tokio::signal::ctrl_c().await };
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                result = interrupted => log_signal(result),
                _ = terminated.recv() => {}
            }
        }
        Err(error) => {
            log_signal(Err(error));
            log_signal(interrupted.await);
        }
    }
}

fn log_signal(result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "signals can't be heard");
    }
}
