//! What people are told once the demo is ready.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde::Serialize;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use super::super::Failed;
use super::super::output::Output;
use crate::clock::random;
use crate::http::Caller;

/// The most an answer may hold that an example is made from.
const ANSWER_BYTES: usize = 1 << 20;

/// What there is.
#[derive(Debug, Serialize)]
pub struct Told {
    /// Where central is.
    pub url: String,
    /// The demo's folder.
    pub folder: PathBuf,
    /// The folder that gets mails, where they go into one.
    pub mails: Option<PathBuf>,
    /// The clinics.
    pub clinics: Vec<ToldClinic>,
    /// A call that books a free time, as a shell takes it.
    pub example: Option<String>,
}

/// A clinic.
#[derive(Debug, Serialize)]
pub struct ToldClinic {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Where its desk's screens are, with their token.
    pub desk: String,
}

/// Tells that everything is ready.
///
/// # Errors
/// Standard output's.
pub fn ready(told: &Told, output: &Output) -> Result<(), Failed> {
    output.answer(told, |speech| {
        let mut lines = vec![speech.say("demo-ready", &[("url", &told.url)]), String::new()];
        lines.extend(told.clinics.iter().map(|clinic| {
            let (id, desk) = (clinic.id.to_string(), clinic.desk.as_str());
            speech.say("demo-clinic", &[("name", &clinic.name), ("id", &id), ("desk", desk)]).replace('\n', "\n    ")
        }));
        lines.push(String::new());
        if let Some(folder) = &told.mails {
            lines.push(speech.say("demo-mails", &[("path", &folder.display().to_string())]));
        }
        if let Some(example) = &told.example {
            lines.extend([speech.say("demo-book", &[]), String::new(), example.clone(), String::new()]);
        }
        lines.push(speech.say("demo-free", &[]));
        lines.extend([String::new(), format!("    curl -X POST {}/api/v1/demo/restore", told.url)]);
        lines.join("\n")
    })
}

/// Tells where a desk's screens are now: it was started again. Programs that
/// read one document are told nothing more.
///
/// # Errors
/// Standard output's.
pub fn shown(name: &str, desk: &str, output: &Output) -> Result<(), Failed> {
    output.line("demo-desk", &[("name", name), ("desk", desk)])
}

/// How the first free time is booked; none where no clinic has one.
pub async fn example(url: &str, router: &Router, clinics: &[ToldClinic]) -> Option<String> {
    for ToldClinic { id, .. } in clinics {
        let clinic = ask(router, format!("/api/v1/clinics/{id}")).await?;
        for kind in clinic["kinds"].as_array()? {
            let kind = kind["id"].as_str()?;
            let told = ask(router, format!("/api/v1/clinics/{id}/availability?kind={kind}")).await?;
            let slots = told["days"].as_array()?.iter().filter_map(|day| day["slots"].as_array()).flatten();
            let Some(slot) = slots.into_iter().find(|slot| slot["state"] == "free") else { continue };
            let wish = json!({
                "clinic": id, "slot": slot["slot"], "kind": kind, "language": "en", "contact": "you@example.org"
            });
            let secret: String = random().iter().map(|byte| format!("{byte:02x}")).collect();
            return Some(format!(
                "    curl -X POST {url}/api/v1/bookings -H 'Idempotency-Key: first' \\\n      \
                 -H 'Booking-Secret: {secret}' \\\n      -d '{wish}'"
            ));
        }
    }
    None
}

async fn ask(router: &Router, path: String) -> Option<Value> {
    let asked = Request::get(path).extension(ConnectInfo(Caller(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))));
    let answer = router.clone().oneshot(asked.body(Body::empty()).ok()?).await.ok()?;
    let body = to_bytes(answer.into_body(), ANSWER_BYTES).await.ok()?;
    serde_json::from_slice(&body).ok()
}
