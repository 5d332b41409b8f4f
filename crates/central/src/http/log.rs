//! What is logged of a request: its number, which operation, what came of it.
//! Neither path nor header nor body: they name bookings and hold secrets.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::clock::random_number;

/// The number's header in the answer: a patient who tells it can be helped.
const NUMBER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives a request its number, which every line logged while it is answered bears.
pub async fn numbered(request: Request, next: Next) -> Response {
    let number = format!("{:016x}", random_number());
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", http.request_id = number, http.method = %method, http.route = route);
    async move {
        let began = Instant::now();
        let mut response = next.run(request).await;
        let (status, us) = (response.status().as_u16(), began.elapsed().as_micros());
        if response.status().is_server_error() {
            tracing::warn!(http.status = status, http.us = us, "a request could not be answered");
        } else if method == Method::GET {
            // So many that only somebody who looks for one wants to see them.
            tracing::debug!(http.status = status, http.us = us, "a request was answered");
        } else {
            tracing::info!(http.status = status, http.us = us, "a request was answered");
        }
        if let Ok(number) = HeaderValue::from_str(&number) {
            response.headers_mut().insert(NUMBER, number);
        }
        response
    }
    .instrument(span)
    .await
}
