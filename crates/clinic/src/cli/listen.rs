//! `serve`: the screens over HTTP, until somebody ends it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::output::Output;
use crate::desk::Desk;
use crate::link::{self, LinkSettings, Secrets};
use crate::problem::Problem;
use crate::serve::Server;

/// Serves until told to stop, then closes the store.
///
/// # Errors
/// `not-loopback`, `port-taken`.
pub async fn serve(
    desk: Desk,
    address: SocketAddr,
    ui: Option<PathBuf>,
    central: Option<LinkSettings>,
    end_with_input: bool,
    output: &Output,
) -> Result<(), Problem> {
    #[derive(Serialize)]
    struct Document {
        url: String,
        address: SocketAddr,
    }
    let server = Server::bind(desk.clone(), address, ui).await?;
    let document = Document { url: server.url(), address: server.address() };
    output.answer(&document, |_| vec![document.url.clone()])?;
    let link = match central {
        Some(settings) => Some(link::open(&desk, settings).await?),
        None => None,
    };
    let done = server.run(until_told_to_stop(end_with_input)).await;
    if let Some(link) = link {
        link.close().await;
    }
    desk.close().await;
    done.map_err(|error| Problem::new("internal").with("detail", error))
}

/// Where central is and who this desk is to it: with neither an address nor
/// anything that pairing left, the desk works by itself.
///
/// # Errors
/// `central-file-missing`, `bad-central-file`, `bad-central-address`.
pub fn central_settings(
    data: &Path,
    address: Option<&str>,
    file: Option<PathBuf>,
    ask_staff: bool,
) -> Result<Option<LinkSettings>, Problem> {
    let named = address.is_some() || file.is_some();
    let file = file.unwrap_or_else(|| data.join(Secrets::FILE));
    if !named && !file.exists() {
        return Ok(None);
    }
    let secrets = Secrets::read(&file)?;
    let address = secrets.address(address)?;
    Ok(Some(LinkSettings { address, secrets, ask_staff, days_ahead: link::DAYS_AHEAD }))
}

/// Until Ctrl+C, or whoever started us ends us, or, where it is watched,
/// standard input ends.
async fn until_told_to_stop(end_with_input: bool) {
    use tokio::signal::unix::{SignalKind, signal};
    let orphaned = async {
        if !end_with_input {
            std::future::pending::<()>().await;
        }
        end_of_input().await;
    };
    let interrupted = async { tokio::signal::ctrl_c().await };
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                result = interrupted => log_signal(result),
                _ = terminated.recv() => {}
                () = orphaned => {}
            }
        }
        Err(error) => {
            log_signal(Err(error));
            tokio::select! {
                result = interrupted => log_signal(result),
                () = orphaned => {}
            }
        }
    }
}

/// Reads standard input to its end, on a thread of its own: one of the
/// runtime's would keep the process from ending before.
async fn end_of_input() {
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        if let Err(error) = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()) {
            tracing::warn!(%error, "standard input can't be read any more");
        }
        drop(ended);
    });
    // Either way nobody is there any more.
    drop(end.await);
}

fn log_signal(result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "signals can't be heard");
    }
}
