//! The operator's page: what the commands show, to look at in a browser. Read
//! only, rendered here, without a script.
//!
//! **Promise.** Nothing can be changed over it. It is answered to whoever knows
//! the token, or, where there is none, to programs of this machine that ask
//! for this machine: a page from elsewhere can't have a browser read it. It
//! names no patient.
//!
//! **To show something more:** 1. an operation in the operator's table; 2. its
//! part in [`facts`]; 3. how it looks, in [`sections`].

mod facts;
mod html;
mod sections;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::sync::watch;

use super::speech::Speech;
use super::work::Operator;
use crate::care::Told;
use crate::mails::words::Language;
use crate::settings::Secret;
use crate::store::Storage;
use facts::Facts;

const STYLE: &str = include_str!("style.css");

/// Nothing but what comes from here, and no script at all.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

/// How often the page comes anew where that is wished, in seconds.
const ANEW_S: u32 = 60;

/// What the page shows, and to whom.
pub struct Page<S> {
    /// Whose operations it shows.
    pub operator: Operator<S>,
    /// How scheduled backups go; none where none are made.
    pub backups: Option<watch::Receiver<Told>>,
    /// What whoever looks has to know; none where only this machine is answered.
    pub token: Option<Secret>,
}

/// What a link of the page says.
#[derive(Deserialize)]
struct Asked {
    language: Option<String>,
    anew: Option<String>,
}

impl<S: Storage> Page<S> {
    /// The page and its style.
    pub fn router(self) -> Router {
        let page = Arc::new(self);
        Router::new()
            .route("/", get(async || ([(header::LOCATION, "/operator")], StatusCode::SEE_OTHER)))
            .route("/operator", get(show::<S>))
            .route("/operator.css", get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)))
            .layer(middleware::from_fn_with_state(Arc::clone(&page), guard::<S>))
            .with_state(page)
    }
}

async fn show<S: Storage>(
    State(page): State<Arc<Page<S>>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> impl IntoResponse {
    let speech = Speech::new(language(asked.language.as_deref(), &headers));
    let now_ms = page.operator.clock.now().wall_ms;
    let told = page.backups.as_ref().map(|told| told.borrow().clone());
    let anew = asked.anew.is_some();
    let (status, body) = match Facts::gather(&page.operator, told).await {
        Ok(facts) => (StatusCode::OK, sections::all(&speech, &facts, now_ms)),
        Err(refused) => (StatusCode::SERVICE_UNAVAILABLE, sections::failed(&speech, &refused)),
    };
    let anew_s = anew.then_some(ANEW_S);
    let text = html::document(&speech, &body, &speech.moment(now_ms), anew_s);
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text)
}

/// The language somebody chose, or what their browser prefers of ours.
fn language(chosen: Option<&str>, headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let ours = |tag: &&str| ["sv", "en"].iter().any(|ours| tag.to_ascii_lowercase().starts_with(ours));
    let preferred = || accepted.split(',').map(|tag| tag.split(';').next().unwrap_or_default().trim()).find(ours);
    Language::of_tag(chosen.or_else(preferred).unwrap_or_default())
}

async fn guard<S: Storage>(State(page): State<Arc<Page<S>>>, request: Request, next: Next) -> Response {
    let mut response = match &page.token {
        Some(token) if !knows(request.headers(), token) => {
            let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"operator\", charset=\"UTF-8\"")];
            (StatusCode::UNAUTHORIZED, ask).into_response()
        }
        None if !is_for_this_machine(request.headers()) => StatusCode::MISDIRECTED_REQUEST.into_response(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether somebody says the token: as a bearer, or as the password a browser asks for.
fn knows(headers: &HeaderMap, token: &Secret) -> bool {
    let Some(said) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else { return false };
    let said = match said.split_once(' ') {
        Some((scheme, said)) if scheme.eq_ignore_ascii_case("bearer") => said.trim().to_owned(),
        Some((scheme, said)) if scheme.eq_ignore_ascii_case("basic") => {
            let Some(said) = password(said.trim()) else { return false };
            said
        }
        _ => return false,
    };
    // Hashes are compared in constant time.
    blake3::hash(said.as_bytes()) == blake3::hash(token.reveal().as_bytes())
}

/// The password of `name:password` in base 64; the name doesn't matter.
fn password(said: &str) -> Option<String> {
    let bytes = STANDARD.decode(said).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Some(text.split_once(':')?.1.to_owned())
}

/// Whether the address somebody typed is this machine's: a name from elsewhere
/// that was made to lead here isn't.
fn is_for_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|value| value.to_str().ok()) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("a value"))])
    }

    #[test]
    fn only_the_token_opens_it() {
        let token = Secret::new("open sesame".to_owned());
        for (said, knows_it) in [
            ("Bearer open sesame", true),
            ("bearer open sesame", true),
            // anybody:open sesame
            ("Basic YW55Ym9keTpvcGVuIHNlc2FtZQ==", true),
            // :open sesame
            ("Basic Om9wZW4gc2VzYW1l", true),
            ("Bearer open", false),
            ("Bearer ", false),
            ("Basic b3BlbiBzZXNhbWU=", false),
            ("Basic ***", false),
            ("open sesame", false),
        ] {
            assert_eq!(knows(&with(header::AUTHORIZATION, said), &token), knows_it, "{said}");
        }
        assert!(!knows(&HeaderMap::new(), &token));
    }

    #[test]
    fn a_foreign_name_for_this_machine_is_not_answered() {
        for (host, is_ours) in [
            ("localhost:7481", true),
            ("127.0.0.1:7481", true),
            ("[::1]:7481", true),
            ("[::1]", true),
            ("localhost", true),
            ("evil.example.org", false),
            ("evil.example.org:7481", false),
            ("localhost.example.org", false),
            ("192.0.2.1:7481", false),
        ] {
            assert_eq!(is_for_this_machine(&with(header::HOST, host)), is_ours, "{host}");
        }
        assert!(!is_for_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn a_browser_is_answered_in_its_own_language() {
        let accepts = |value| with(header::ACCEPT_LANGUAGE, value);
        assert_eq!(language(None, &accepts("sv-SE,sv;q=0.9,en;q=0.8")), Language::Sv);
        assert_eq!(language(None, &accepts("de-DE, sv;q=0.5, en;q=0.3")), Language::Sv);
        assert_eq!(language(None, &accepts("en-GB,sv;q=0.5")), Language::En);
        assert_eq!(language(Some("en"), &accepts("sv")), Language::En);
        assert_eq!(language(None, &HeaderMap::new()), Language::En);
    }
}
