//! HTTP for patients and programs, under `/api/v1/`.
//!
//! **Promise.** Whatever is said, the answer to it is what was asked for or a
//! problem with a stable code, and nothing is half done. A booking's secret is
//! read from its header alone and kept as its hash; neither it nor an address
//! is in any log.
//!
//! **Reading order.** [`problem`], [`input`] (how everything is read),
//! [`view`] (how everything is shown), `clinics`, `slots`, `checks`, `holds`,
//! `bookings`, `changes`, `events`; [`limit`].
//!
//! **To add an operation:** 1. its function with its `utoipa::path`; 2. its
//! line in [`Api::router`] and in [`Document`]; 3. its rows in `tests/http/input.rs`.

mod bookings;
mod changes;
mod checks;
mod clinics;
mod events;
mod holds;
pub mod input;
pub mod limit;
pub mod problem;
mod slots;
pub mod view;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chairside_schedule::{Clinic as Plan, ClinicId};
use std::future::IntoFuture;
use tokio::net::TcpListener;
use tokio::sync::watch;
use utoipa::OpenApi;

use crate::availability::Kept;
use crate::engine::Engine;
use crate::settings::Limits;
use crate::store::{Storage, clinics::Clinic};
use limit::Limiter;
use problem::Problem;

/// What a body may hold at most: sealed words, and all else many times over.
const BODY_BYTES: usize = 64 * 1024;

/// How long open answers may take to end once told to stop.
const END_MS: u64 = 5_000;

#[derive(OpenApi)]
#[openapi(
    info(title = "Chairside central"),
    paths(
        clinics::list,
        clinics::one,
        clinics::status,
        slots::availability,
        slots::slot,
        events::events,
        holds::hold,
        holds::leave,
        bookings::book,
        bookings::show,
        changes::shift,
        changes::cancel
    )
)]
struct Document;

/// What every operation works with.
#[derive(Debug)]
pub struct Api<S> {
    pub(crate) engine: Arc<Engine<S>>,
    pub(crate) kept: Kept,
    pub(crate) limits: Limits,
    limiter: Arc<Limiter>,
    /// True once the server is told to end.
    pub(crate) ending: watch::Receiver<bool>,
    end: Arc<watch::Sender<bool>>,
}

impl<S> Clone for Api<S> {
    fn clone(&self) -> Self {
        Self {
            engine: Arc::clone(&self.engine),
            kept: self.kept.clone(),
            limits: self.limits,
            limiter: Arc::clone(&self.limiter),
            ending: self.ending.clone(),
            end: Arc::clone(&self.end),
        }
    }
}

impl<S: Storage> Api<S> {
    /// Over an engine.
    pub fn new(engine: Arc<Engine<S>>, limits: Limits) -> Self {
        let (end, ending) = watch::channel(false);
        Self {
            engine,
            kept: Kept::default(),
            limits,
            limiter: Arc::new(Limiter::new(limits)),
            ending,
            end: Arc::new(end),
        }
    }

    /// Every operation, and the document that tells of them.
    pub fn router(self) -> (Router, utoipa::openapi::OpenApi) {
        let document = Document::openapi();
        let api = Router::new()
            .route("/api/v1/clinics", get(clinics::list::<S>))
            .route("/api/v1/clinics/{id}", get(clinics::one::<S>))
            .route("/api/v1/clinics/{id}/status", get(clinics::status::<S>))
            .route("/api/v1/clinics/{id}/availability", get(slots::availability::<S>))
            .route("/api/v1/clinics/{id}/slots/{slot}", get(slots::slot::<S>))
            .route("/api/v1/clinics/{id}/events", get(events::events::<S>))
            .route("/api/v1/holds", post(holds::hold::<S>))
            .route("/api/v1/holds/{id}", delete(holds::leave::<S>))
            .route("/api/v1/bookings", post(bookings::book::<S>))
            .route(
                "/api/v1/bookings/{id}",
                get(bookings::show::<S>).patch(changes::shift::<S>).delete(changes::cancel::<S>),
            );
        let shown = document.clone();
        let router = api
            .route("/api/openapi.json", get(async move || Json(shown)))
            .fallback(async || Problem::unknown("no_such_path"))
            .method_not_allowed_fallback(async || Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no_such_method"))
            .layer(middleware::from_fn_with_state(self.clone(), guard::<S>))
            .route("/healthz", get(async || "ok"))
            .route("/readyz", get(ready::<S>))
            .with_state(self);
        (router, document)
    }

    /// A clinic.
    pub(crate) async fn clinic(&self, id: ClinicId) -> Result<Clinic, Problem> {
        self.engine.storage().clinic(id).await?.ok_or(Problem::unknown("clinic_unknown"))
    }

    /// A clinic and its settings; a clinic that was never heard of offers nothing.
    pub(crate) async fn planned(&self, id: ClinicId) -> Result<(Clinic, Arc<Plan>), Problem> {
        let clinic = self.clinic(id).await?;
        let plan = self.kept.plan(&self.engine, id).await?;
        Ok((clinic, plan.ok_or(Problem::conflict("clinic_not_ready"))?))
    }
}

/// Limits what one address may ask, and reads the body once, within its limit.
async fn guard<S: Storage>(
    State(api): State<Api<S>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if let Err(wait_s) = api.limiter.take(from.ip(), api.engine.clock().now()) {
        let limited = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests");
        return Problem { retry_after_s: Some(wait_s), ..limited }.into_response();
    }
    let (parts, body) = request.into_parts();
    match to_bytes(body, BODY_BYTES).await {
        Ok(body) => next.run(Request::from_parts(parts, body.into())).await,
        Err(_) => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_long").into_response(),
    }
}

/// Ready as long as the store answers.
async fn ready<S: Storage>(State(api): State<Api<S>>) -> Result<&'static str, Problem> {
    api.engine.storage().clinics().await?;
    Ok("ready")
}

/// A port that is listened at.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

/// Why HTTP can't be spoken.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port can't be had.
    #[error("{0}: {1}")]
    Port(SocketAddr, std::io::Error),
    /// It broke off.
    #[error(transparent)]
    Broken(#[from] std::io::Error),
}

impl Server {
    /// Takes a port; 0 takes a free one.
    ///
    /// # Errors
    /// [`ServeError::Port`].
    pub async fn bind(address: SocketAddr) -> Result<Self, ServeError> {
        let taken = |error| ServeError::Port(address, error);
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `ends`; what was begun is finished, within a few seconds.
    ///
    /// # Errors
    /// [`ServeError::Broken`].
    pub async fn run<S: Storage>(
        self,
        api: Api<S>,
        ends: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let (end, mut ending, clock) = (Arc::clone(&api.end), api.ending.clone(), api.engine.clock().clone());
        let (router, _) = api.router();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(self.listener, service).with_graceful_shutdown(async move {
            ends.await;
            end.send_replace(true);
        });
        let late = async {
            // Without a sender nobody can say so any more, and serving has ended.
            if ending.wait_for(|ending| *ending).await.is_ok() {
                clock.sleep_until(clock.now().steady_after(END_MS)).await;
            }
        };
        tokio::select! {
            served = serving.into_future() => Ok(served?),
            () = late => {
                tracing::warn!("some answers were broken off");
                Ok(())
            }
        }
    }
}
