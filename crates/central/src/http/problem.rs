//! What is answered instead of what was asked for: RFC 9457, with a stable code.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::SlotView;
use crate::store::StorageError;

/// A refusal. People are told in words by whoever shows it; this is for programs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the code says more than a page could.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words, as HTTP has them.
    pub title: &'static str,
    /// The status.
    pub status: u16,
    /// Which refusal; it doesn't change.
    pub code: &'static str,
    /// The field, parameter or header that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// Other places that are free.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<SlotView>,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A refusal with a status and a code.
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code,
            field: None,
            alternatives: Vec::new(),
            retry_after_s: None,
        }
    }

    /// What was said can't be read or can't be.
    pub fn bad(code: &'static str, field: &'static str) -> Self {
        Self { field: Some(field), ..Self::new(StatusCode::BAD_REQUEST, code) }
    }

    /// It doesn't fit how things stand.
    pub fn conflict(code: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code)
    }

    /// There is no such thing.
    pub fn unknown(code: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code)
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        if let StorageError::NoClinic(_) = error {
            return Self::unknown("clinic_unknown");
        }
        tracing::error!(%error, error.code = error.code(), "the store failed while somebody was served");
        // Nothing was written; the same request may be made again.
        Self { retry_after_s: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, error.code()) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let wait_s = self.retry_after_s;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait_s) = wait_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        }
        response
    }
}
