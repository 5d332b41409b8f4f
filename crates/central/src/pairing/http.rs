//! What desks ask over HTTP. Not in the document that tells of the operations:
//! that is for patients and programs, this is between a desk and central.

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use chairside_sync::pairing::{Challenge, LONGEST_TEXT, Paired, Renewed};
use serde::de::DeserializeOwned;

use super::{Pairing, Refusal};
use crate::http::problem::Problem;
use crate::store::Storage;
use crate::store::devices::CodeRefusal;

/// The operations of a desk.
pub fn router<S: Storage>(pairing: Pairing<S>) -> Router {
    Router::new()
        .route("/api/v1/pairing/challenges", post(challenge::<S>))
        .route("/api/v1/pairing", post(pair::<S>))
        .route("/api/v1/devices/renewal", post(renew::<S>))
        .with_state(pairing)
}

async fn challenge<S: Storage>(State(pairing): State<Pairing<S>>, body: Bytes) -> Result<Json<Challenge>, Problem> {
    let ask = read(&body)?;
    finished(async move { pairing.challenge(ask).await }).await
}

async fn pair<S: Storage>(State(pairing): State<Pairing<S>>, body: Bytes) -> Result<Json<Paired>, Problem> {
    let ask = read(&body)?;
    finished(async move { pairing.pair(ask).await }).await
}

async fn renew<S: Storage>(State(pairing): State<Pairing<S>>, body: Bytes) -> Result<Json<Renewed>, Problem> {
    let ask = read(&body)?;
    finished(async move { pairing.renew(ask).await }).await
}

fn read<A: DeserializeOwned>(body: &[u8]) -> Result<A, Problem> {
    if body.len() > LONGEST_TEXT {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_long"));
    }
    serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() { "malformed" } else { "body_not_json" };
        Problem::bad(code, "body")
    })
}

/// What was begun is finished, also where the desk went away meanwhile.
async fn finished<T>(work: impl Future<Output = Result<T, Refusal>> + Send + 'static) -> Result<Json<T>, Problem>
where
    T: Send + 'static,
{
    match tokio::spawn(work).await {
        Ok(done) => Ok(Json(done?)),
        Err(error) => {
            tracing::error!(%error, "a pairing did not finish");
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal"))
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.code();
        match refusal {
            Refusal::Code(CodeRefusal::Unknown) | Refusal::DeviceUnknown => Self::unknown(code),
            Refusal::Code(CodeRefusal::Expired) | Refusal::TooLate => Self::new(StatusCode::GONE, code),
            Refusal::Code(CodeRefusal::Used | CodeRefusal::ClinicMismatch) => Self::conflict(code),
            Refusal::Code(CodeRefusal::UsedUp) | Refusal::Wrong | Refusal::DeviceRevoked | Refusal::KeyMismatch => {
                Self::new(StatusCode::FORBIDDEN, code)
            }
            Refusal::Request => Self::bad(code, "request"),
            Refusal::Storage(error) => error.into(),
            Refusal::Authority(error) => {
                tracing::error!(%error, "no certificate could be made");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, code)
            }
        }
    }
}
