//! The window's commands over HTTP, on loopback, behind a random token: what
//! the screens are driven through in a browser.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tower_http::services::ServeDir;

use crate::clock;
use crate::commands;
use crate::desk::{Changes, Desk};
use crate::problem::Problem;

/// What a request body may hold at most. A note of 2,000 characters and all else fit many times over.
const BODY_BYTES: usize = 64 * 1024;

/// A server that has its port and hasn't begun yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    token: String,
    router: Router,
    ending: watch::Sender<bool>,
}

#[derive(Clone)]
struct Shared {
    desk: Desk,
    token: Arc<str>,
    address: SocketAddr,
    /// Turns true when the server is told to end.
    ending: watch::Receiver<bool>,
}

impl Server {
    /// Takes a port on loopback. `screens` is the folder of the built front end.
    ///
    /// # Errors
    /// `not-loopback`, `port-taken`.
    pub async fn bind(desk: Desk, address: SocketAddr, screens: Option<PathBuf>) -> Result<Self, Problem> {
        if !address.ip().is_loopback() {
            return Err(Problem::new("not-loopback").with("address", address));
        }
        let taken = |error| Problem::new("port-taken").with("address", address).with("said", error);
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let token: String = clock::random().iter().map(|byte| format!("{byte:02x}")).collect();
        let (ending, ends) = watch::channel(false);
        let shared = Shared { desk, token: token.as_str().into(), address, ending: ends };
        let api = Router::new()
            .route("/api/events", get(events))
            .route("/api/{command}", post(command))
            .route_layer(middleware::from_fn_with_state(shared.clone(), only_with_token))
            .with_state(shared.clone());
        let router = match screens {
            Some(folder) => api.fallback_service(ServeDir::new(folder)),
            None => api,
        };
        let router = router.layer(middleware::from_fn_with_state(shared, only_our_pages));
        Ok(Self { listener, address, token, router, ending })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of the screens, with the token where only the page sees it.
    pub fn url(&self) -> String {
        format!("http://{}/#token={}", self.address, self.token)
    }

    /// Answers until `until` is done, and what was asked until then. Streams of
    /// changes end with it: they would never end by themselves.
    ///
    /// # Errors
    /// The listener's.
    pub async fn run(self, until: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let ending = self.ending;
        let until = async move {
            until.await;
            ending.send_replace(true);
        };
        axum::serve(self.listener, self.router).with_graceful_shutdown(until).await
    }
}

/// Refuses whoever reaches us by another name or from another page: a page
/// elsewhere could otherwise use the browser to get in.
async fn only_our_pages(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let host = shared.address.to_string();
    let headers = request.headers();
    let host_fits = headers.get(header::HOST).is_some_and(|value| value.as_bytes() == host.as_bytes());
    let origin_fits = headers
        .get(header::ORIGIN)
        .is_none_or(|value| value.as_bytes().strip_prefix(b"http://") == Some(host.as_bytes()));
    if !host_fits || !origin_fits {
        return answer_problem(StatusCode::FORBIDDEN, &Problem::new("wrong-host"));
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'"),
    );
    response
}

async fn only_with_token(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if request.method() != Method::OPTIONS && bears(request.headers(), &shared.token) {
        return next.run(request).await;
    }
    answer_problem(StatusCode::UNAUTHORIZED, &Problem::new("wrong-token"))
}

fn bears(headers: &HeaderMap, token: &str) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    // Compared by hash, so that the time it takes says nothing of the token.
    given.is_some_and(|given| blake3::hash(given.as_bytes()) == blake3::hash(token.as_bytes()))
}

async fn command(State(shared): State<Shared>, Path(name): Path<String>, body: Body) -> Response {
    let Ok(bytes) = axum::body::to_bytes(body, BODY_BYTES).await else {
        return answer_problem(StatusCode::PAYLOAD_TOO_LARGE, &Problem::new("request-too-large"));
    };
    let args: Value = match serde_json::from_slice(&bytes) {
        Ok(args) => args,
        Err(error) => {
            return answer_problem(StatusCode::BAD_REQUEST, &Problem::new("bad-request").with("detail", error));
        }
    };
    // A task of its own: what was asked is finished even if the page goes away.
    let done = tokio::spawn(async move { commands::dispatch(&shared.desk, &name, args).await }).await;
    match done {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err(problem)) => answer_problem(status(&problem), &problem),
        Err(error) => {
            tracing::error!(%error, "a command did not finish");
            answer_problem(StatusCode::INTERNAL_SERVER_ERROR, &Problem::new("internal"))
        }
    }
}

async fn events(State(shared): State<Shared>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (tells, told) = mpsc::channel(EVENTS_AHEAD);
    tokio::spawn(tell(shared.desk.changes(), shared.ending, tells));
    Sse::new(ReceiverStream::new(told)).keep_alive(KeepAlive::default())
}

/// Events that wait for a slow page; a page further behind is told that everything may have changed.
const EVENTS_AHEAD: usize = 16;

/// Tells of changes until the page goes away or the server ends.
async fn tell(mut changes: Changes, mut ending: watch::Receiver<bool>, tells: mpsc::Sender<Result<Event, Infallible>>) {
    loop {
        let changed = tokio::select! {
            changed = changes.next() => changed,
            () = tells.closed() => None,
            _ = ending.wait_for(|ending| *ending) => None,
        };
        let Some(changed) = changed else { return };
        match Event::default().json_data(changed) {
            Ok(event) => {
                if tells.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::error!(%error, "a change could not be told"),
        }
    }
}

fn status(problem: &Problem) -> StatusCode {
    match problem.code.as_str() {
        "unknown-command" | "unknown-visit" | "unknown-patient" => StatusCode::NOT_FOUND,
        "internal" | "store-damaged" | "store-closed" => StatusCode::INTERNAL_SERVER_ERROR,
        "disk-full" | "store-read-only" => StatusCode::INSUFFICIENT_STORAGE,
        "bad-request" => StatusCode::BAD_REQUEST,
        _ => StatusCode::CONFLICT,
    }
}

fn answer_problem(status: StatusCode, problem: &Problem) -> Response {
    (status, Json(problem)).into_response()
}
