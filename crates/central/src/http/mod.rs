//! HTTP for patients and programs, under `/api/v1/`.
//!
//! **Promise.** Whatever is said, the answer to it is what was asked for or a
//! problem with a stable code, and nothing is half done. A booking's secret is
//! read from its header alone and kept as its hash; neither it nor an address
//! is in any log.
//!
//! **Reading order.** [`problem`], [`input`] (how everything is read),
//! [`view`] (how everything is shown), `clinics`, `slots` with `days`, `checks`, `holds`,
//! `bookings`, `changes`, `contact`, `restore`, [`partner`], `events`; [`limit`].
//!
//! **To add an operation:** 1. its function with its `utoipa::path`; 2. its
//! line in [`Api::router`] and in [`Document`], what is said of it in `document`;
//! 3. its rows in `tests/http/input.rs`.

mod bookings;
mod changes;
mod checks;
mod clinics;
mod contact;
mod days;
mod document;
mod events;
pub mod holds;
pub mod input;
pub mod limit;
mod listen;
mod log;
pub mod partner;
pub mod problem;
mod restore;
mod slots;
pub mod view;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chairside_mqtt::Identity;
use chairside_schedule::{Clinic as Plan, ClinicId};
use chairside_sync::hub::State as Reached;
use serde_json::Value;
use std::future::IntoFuture;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use utoipa::OpenApi;

use crate::availability::Kept;
use crate::engine::Engine;
use crate::keys::Keys;
use crate::link::Link;
use crate::metrics::CONTENT_TYPE;
use crate::ready::Readiness;
use crate::settings::Limits;
use crate::store::{Storage, clinics::Clinic};
use limit::Limiter;
pub use listen::Caller;
use listen::{Door, Unusable};
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
        restore::restore,
        contact::verify,
        bookings::show,
        partner::list,
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
    pub(crate) keys: Keys,
    /// Contacts are verified while their clinic isn't live.
    pub(crate) verify_contact: bool,
    readiness: Arc<Readiness<S>>,
    /// Operations of others, behind the same limits.
    more: Router,
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
            keys: self.keys.clone(),
            verify_contact: self.verify_contact,
            readiness: Arc::clone(&self.readiness),
            more: self.more.clone(),
            limiter: Arc::clone(&self.limiter),
            ending: self.ending.clone(),
            end: Arc::clone(&self.end),
        }
    }
}

impl<S: Storage> Api<S> {
    /// Over an engine. With other keys than before, links in mails open nothing.
    pub fn new(engine: Arc<Engine<S>>, limits: Limits, keys: Keys) -> Self {
        let (end, ending) = watch::channel(false);
        let readiness = Readiness::new(engine.storage().clone(), engine.clock().clone(), None);
        Self {
            readiness: Arc::new(readiness),
            engine,
            kept: Kept::default(),
            limits,
            keys,
            verify_contact: false,
            more: Router::new(),
            limiter: Arc::new(Limiter::new(limits)),
            ending,
            end: Arc::new(end),
        }
    }

    /// Whether contacts are verified while their clinic isn't live.
    #[must_use]
    pub fn verifying_contacts(self, verify_contact: bool) -> Self {
        Self { verify_contact, ..self }
    }

    /// Ready only once this line to a broker was up.
    #[must_use]
    pub fn ready_with(self, link: Arc<Link>) -> Self {
        let readiness = Readiness::new(self.engine.storage().clone(), self.engine.clock().clone(), Some(link));
        Self { readiness: Arc::new(readiness), ..self }
    }

    /// With more operations, behind the same limits, that the document doesn't tell of.
    #[must_use]
    pub fn with(self, more: Router) -> Self {
        Self { more: self.more.clone().merge(more), ..self }
    }

    /// Ends what would never end by itself: streams of events.
    pub fn end(&self) {
        self.end.send_replace(true);
    }

    /// Every operation, and the document that tells of them.
    pub fn router(self) -> (Router, Value) {
        let document = document::document();
        let api = Router::new()
            .route("/api/v1/clinics", get(clinics::list::<S>))
            .route("/api/v1/clinics/{id}", get(clinics::one::<S>))
            .route("/api/v1/clinics/{id}/status", get(clinics::status::<S>))
            .route("/api/v1/clinics/{id}/availability", get(slots::availability::<S>))
            .route("/api/v1/clinics/{id}/slots/{slot}", get(slots::slot::<S>))
            .route("/api/v1/clinics/{id}/events", get(events::events::<S>))
            .route("/api/v1/holds", post(holds::hold::<S>))
            .route("/api/v1/holds/{id}", delete(holds::leave::<S>))
            .route("/api/v1/clinics/{id}/bookings", get(partner::list::<S>))
            .route("/api/v1/bookings", post(bookings::book::<S>))
            .route("/api/v1/bookings/restore", post(restore::restore::<S>))
            .route("/api/v1/bookings/{id}/contact", post(contact::verify::<S>))
            .route(
                "/api/v1/bookings/{id}",
                get(bookings::show::<S>).patch(changes::shift::<S>).delete(changes::cancel::<S>),
            );
        let shown = document.clone();
        let router = api
            .route("/api/openapi.json", get(async move || Json(shown)))
            .merge(self.more.clone().with_state(()))
            .fallback(async || Problem::unknown("no_such_path"))
            .method_not_allowed_fallback(async || Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no_such_method"))
            .layer(middleware::from_fn_with_state(self.clone(), guard::<S>))
            .layer(middleware::from_fn_with_state(self.clone(), count::<S>))
            .layer(middleware::from_fn(log::numbered))
            .route("/healthz", get(async || "ok"))
            .route("/readyz", get(ready::<S>))
            .route("/metrics", get(metrics::<S>))
            .with_state(self);
        (router, document)
    }

    /// A clinic.
    pub(crate) async fn clinic(&self, id: ClinicId) -> Result<Clinic, Problem> {
        self.engine.storage().clinic(id).await?.ok_or(Problem::unknown("clinic_unknown"))
    }

    /// How a clinic is reached, and since when (milliseconds since 1970 in UTC):
    /// where this process speaks for it, what it knows is newer than what is kept.
    pub(crate) fn reached(&self, clinic: &Clinic) -> (Reached, i64) {
        let kept = (clinic.state, clinic.state_since_ms);
        let Some(running) = self.engine.clinic(clinic.id).map(|handle| handle.status()) else { return kept };
        let status = running.borrow();
        if status.ours { (status.state, status.since_ms) } else { kept }
    }

    /// A clinic and its settings; a clinic that was never heard of offers nothing.
    pub(crate) async fn planned(&self, id: ClinicId) -> Result<(Clinic, Arc<Plan>), Problem> {
        let clinic = self.clinic(id).await?;
        let plan = self.kept.plan(&self.engine, id).await?;
        Ok((clinic, plan.ok_or(Problem::conflict("clinic_not_ready"))?))
    }

    /// The same for whoever only looks: the clinic as it stood a moment ago at the most.
    pub(crate) async fn looked_at(&self, id: ClinicId) -> Result<(Arc<Clinic>, Arc<Plan>), Problem> {
        let row = self.kept.row(&self.engine, id, self.engine.clock().now()).await?;
        let clinic = row.ok_or(Problem::unknown("clinic_unknown"))?;
        let plan = self.kept.plan(&self.engine, id).await?;
        Ok((clinic, plan.ok_or(Problem::conflict("clinic_not_ready"))?))
    }
}

/// What is counted, for Prometheus.
async fn metrics<S: Storage>(State(api): State<Api<S>>) -> Result<Response, Problem> {
    let text = api.engine.metrics().write(&api.engine).await?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

/// Counts every answer, by the operation's own path.
async fn count<S: Storage>(State(api): State<Api<S>>, request: Request, next: Next) -> Response {
    let (method, began) = (request.method().clone(), Instant::now());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let seconds = began.elapsed().as_secs_f64();
    api.engine.metrics().answered(&method, route.as_deref().unwrap_or("none"), response.status().as_u16(), seconds);
    response
}

/// Limits what one address may ask, and reads the body once, within its limit.
async fn guard<S: Storage>(
    State(api): State<Api<S>>,
    ConnectInfo(Caller(from)): ConnectInfo<Caller>,
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

/// Whether patients should be sent here.
async fn ready<S: Storage>(State(api): State<Api<S>>) -> Result<&'static str, Problem> {
    match api.readiness.check().await {
        Ok(()) => Ok("ready"),
        Err(not) => {
            tracing::warn!(error = %not, error.code = not.code(), "not ready");
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, not.code()))
        }
    }
}

/// A port that is listened at.
#[derive(Debug)]
pub struct Server {
    door: Door,
    address: SocketAddr,
}

/// Why HTTP can't be spoken.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port can't be had.
    #[error("{0}: {1}")]
    Port(SocketAddr, std::io::Error),
    /// Its certificate or key.
    #[error(transparent)]
    Tls(#[from] Unusable),
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
        Ok(Self { door: Door::Plain(listener), address })
    }

    /// Speaks over TLS, showing this.
    ///
    /// # Errors
    /// [`ServeError::Tls`].
    pub fn over_tls(self, shown: &Identity) -> Result<Self, ServeError> {
        match self.door {
            Door::Plain(listener) => Ok(Self { door: Door::with_tls(listener, shown)?, address: self.address }),
            door @ Door::Tls(_) => Ok(Self { door, ..self }),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves what isn't an [`Api`] alone, until `ends` and everything has its answer.
    ///
    /// # Errors
    /// The listener's.
    pub async fn lead(self, router: Router, ends: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let service = router.into_make_service_with_connect_info::<Caller>();
        axum::serve(self.door, service).with_graceful_shutdown(ends).await
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
        let service = router.into_make_service_with_connect_info::<Caller>();
        let serving = axum::serve(self.door, service).with_graceful_shutdown(async move {
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
