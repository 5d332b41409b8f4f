//! `serve`: the screens over HTTP, until somebody ends it; and `pair`, which
//! only leaves behind what a later start needs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::output::Output;
use crate::desk::Desk;
use crate::link::{self, LinkSettings, Secrets};
use crate::problem::Problem;
use crate::serve::Server;

/// What was said of the central service.
pub struct Asked {
    /// Central, `https://…`, or its broker, `mqtts://…`.
    pub central: Option<String>,
    /// The code to pair by.
    pub code: Option<String>,
    /// What pairing left behind; in the store's folder otherwise.
    pub file: Option<PathBuf>,
    /// Online bookings go before staff.
    pub ask_staff: bool,
}

/// Serves until told to stop, then closes the store.
///
/// # Errors
/// `not-loopback`, `port-taken`; those of pairing and of what it left behind.
pub async fn serve(
    desk: Desk,
    address: SocketAddr,
    ui: Option<PathBuf>,
    central: Asked,
    end_with_input: bool,
    output: &Output,
) -> Result<(), Problem> {
    let done = serve_open(&desk, address, ui, central, end_with_input, output).await;
    // Closed before it is told, so that the next start finds it free.
    desk.close().await;
    done
}

async fn serve_open(
    desk: &Desk,
    address: SocketAddr,
    ui: Option<PathBuf>,
    central: Asked,
    end_with_input: bool,
    output: &Output,
) -> Result<(), Problem> {
    #[derive(Serialize)]
    struct Document {
        url: String,
        address: SocketAddr,
    }
    let server = Server::bind(desk.clone(), address, ui).await?;
    let file = central.file.clone().unwrap_or_else(|| desk.store().folder().join(Secrets::FILE));
    let settings = central.settle(desk, &file, output).await?;
    let document = Document { url: server.url(), address: server.address() };
    output.answer(&document, |_| vec![document.url.clone()])?;
    if let Some(settings) = settings {
        desk.go_online(settings, file).await?;
    }
    let done = server.run(until_told_to_stop(end_with_input)).await;
    done.map_err(|error| Problem::new("internal").with("detail", error))
}

impl Asked {
    /// Where central is and who this desk is to it, after pairing where there
    /// is a code: with neither an address nor anything that pairing left, the
    /// desk works by itself.
    ///
    /// # Errors
    /// `not-paired`, `central-file-missing`, `bad-central-file`,
    /// `bad-central-address`, and those of [`Desk::pair`].
    async fn settle(self, desk: &Desk, file: &Path, output: &Output) -> Result<Option<LinkSettings>, Problem> {
        let broker = self.central.as_deref().filter(|address| address.starts_with("mqtt"));
        let central = self.central.as_deref().filter(|_| broker.is_none());
        let kept = if file.exists() { Some(Secrets::read(file)?) } else { None };
        let secrets = match (central, self.code.as_deref(), kept) {
            // Told the same as at the last start: a code pairs once.
            (Some(_), Some(code), Some(kept)) if kept.was_paired_by(code) => kept,
            (Some(central), Some(code), _) => desk.pair(central, code).await?,
            (None, Some(_), _) => return Err(Problem::new("code-without-central")),
            (_, None, Some(kept)) => kept,
            (Some(_), None, None) => return Err(Problem::new("not-paired")),
            (None, None, None) if broker.is_some() || self.file.is_some() => Secrets::read(file)?,
            (None, None, None) => return Ok(None),
        };
        if let Err(problem) = desk.fits(&secrets) {
            output.note("cli-paired-elsewhere", &[]);
            desk.stay_offline(problem);
            return Ok(None);
        }
        let address = secrets.address(broker)?;
        Ok(Some(LinkSettings { address, secrets, ask_staff: self.ask_staff, days_ahead: link::DAYS_AHEAD }))
    }
}

/// Pairs a desk and closes it. `broker` is where central's broker is found from
/// here, where that is another place than central says.
///
/// # Errors
/// `bad-central-address`, those of [`Desk::pair`], `file-failed`.
pub async fn pair(desk: Desk, central: &str, code: &str, broker: Option<&str>, output: &Output) -> Result<(), Problem> {
    let done = pair_open(&desk, central, code, broker).await;
    // Closed before it is told, so that the next start finds it free.
    desk.close().await;
    done?;
    output.note("cli-paired", &[]);
    Ok(())
}

async fn pair_open(desk: &Desk, central: &str, code: &str, broker: Option<&str>) -> Result<(), Problem> {
    // Looked at before the code is used up.
    let broker = broker.map(|named| Secrets::default().address(Some(named)).map(|_| named.to_owned())).transpose()?;
    let secrets = desk.pair(central, code).await?;
    if broker.is_some() {
        let file = desk.store().folder().join(Secrets::FILE);
        Secrets { address: broker, ..secrets }.write(&file)?;
    }
    Ok(())
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
