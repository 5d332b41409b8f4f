//! The demo's port: it stays while what is behind it is founded anew.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use tokio::sync::{RwLock, mpsc, oneshot};
use tower::ServiceExt;

use crate::http::problem::Problem;

/// Calls that may wait to be taken; each holds a connection anyway.
const CALLS: usize = 64;

/// Seconds after which it is worth asking again while everything is founded anew.
const AGAIN_S: u64 = 2;

/// What only desks ask: they pair before anybody else is let in.
const FOR_DESKS: [&str; 2] = ["/api/v1/pairing", "/api/v1/devices"];

/// Somebody who waits until everything is free again.
pub type Call = oneshot::Sender<Result<Restored, Problem>>;

/// What was freed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Restored {
    /// How many clinics are as they were founded.
    pub clinics: usize,
}

/// What is behind the port. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    behind: Arc<RwLock<Behind>>,
    calls: mpsc::Sender<Call>,
}

#[derive(Default)]
struct Behind {
    router: Option<Router>,
    /// Only desks are let in.
    desks_only: bool,
}

impl Front {
    /// With nothing behind it, and the calls that come in.
    pub fn new() -> (Self, mpsc::Receiver<Call>) {
        let (calls, called) = mpsc::channel(CALLS);
        (Self { behind: Arc::default(), calls }, called)
    }

    /// Leads there from now on; with `desks_only` nobody else is let through.
    pub async fn lead_to(&self, router: Router, desks_only: bool) {
        *self.behind.write().await = Behind { router: Some(router), desks_only };
    }

    /// Lets everybody through.
    pub async fn let_in(&self) {
        self.behind.write().await.desks_only = false;
    }

    /// Leads nowhere, once everybody who was let through has their answer.
    pub async fn shut(&self) {
        *self.behind.write().await = Behind::default();
    }

    /// The port's answers.
    pub fn router(self) -> Router {
        Router::new()
            .route("/api/v1/demo/restore", post(restore))
            .method_not_allowed_fallback(async || Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no_such_method"))
            .fallback(through)
            .with_state(self)
    }
}

async fn restore(State(front): State<Front>) -> Result<Json<Restored>, Problem> {
    let (answers, answer) = oneshot::channel();
    // Nobody takes calls any more once the demo ends.
    front.calls.send(answers).await.map_err(|_| busy("demo_ending"))?;
    Ok(Json(answer.await.map_err(|_| busy("demo_ending"))??))
}

async fn through(State(front): State<Front>, request: Request<Body>) -> Response {
    // Held until the answer begins: nothing behind the port ends before.
    let behind = front.behind.read().await;
    let for_desks = FOR_DESKS.iter().any(|path| request.uri().path().starts_with(path));
    match &behind.router {
        Some(router) if !behind.desks_only || for_desks => match router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        _ => busy("demo_restoring").into_response(),
    }
}

/// Not now.
pub fn busy(code: &'static str) -> Problem {
    Problem { retry_after_s: Some(AGAIN_S), ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, code) }
}
