//! What is counted while central runs, in the form Prometheus reads.
//!
//! **Promise.** Labels say which clinic, which route, which state. Nothing of a
//! patient is in them, nor anything a caller could choose.
//!
//! Counters are kept here, from the process' start; gauges are read from the
//! store and the actors whenever somebody looks.
//!
//! **To add a counter:** 1. a field of [`Counts`] and its line in
//! [`Metrics::write`]; 2. a method of [`Metrics`] where it happens.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use chairside_sync::breaker::Phase;
use chairside_sync::hub::State;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::engine::Engine;
use crate::store::clinics::state_word;
use crate::store::mails::Ended;
use crate::store::told::state_word as request_word;
use crate::store::{Effects, Storage, StorageError};

/// What the answer's content type says.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds for how long an answer took, in seconds: from what is kept in
/// memory to what nobody should wait for.
const ANSWERED_WITHIN: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OfState {
    state: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OfTry {
    ended: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OfRoute {
    method: &'static str,
    route: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OfAnswer {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OfClinic {
    clinic: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OfClinicState {
    clinic: String,
    state: &'static str,
}

type Seconds = Family<OfRoute, Histogram, fn() -> Histogram>;

/// Everything that is counted. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Counts>);

struct Counts {
    requests: Family<OfState, Counter>,
    mails: Family<OfTry, Counter>,
    answers: Family<OfAnswer, Counter>,
    seconds: Seconds,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self(Arc::new(Counts {
            requests: Family::default(),
            mails: Family::default(),
            answers: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(ANSWERED_WITHIN)),
        }))
    }
}

impl Metrics {
    /// Requests moved on.
    pub fn moved(&self, effects: &Effects) {
        for moved in &effects.moved {
            self.0.requests.get_or_create(&OfState { state: request_word(moved.to) }).inc();
        }
    }

    /// A mail was tried.
    pub fn mailed(&self, ended: Ended) {
        let ended = match ended {
            Ended::Sent => "sent",
            Ended::Later(_) => "later",
            Ended::Refused(_) => "refused",
            Ended::Stayed => "stayed",
        };
        self.0.mails.get_or_create(&OfTry { ended }).inc();
    }

    /// Somebody was answered. `route` is the operation's path as it is written
    /// in the document, not the caller's.
    pub fn answered(&self, method: &axum::http::Method, route: &str, status: u16, seconds: f64) {
        let method = known(method);
        let route = route.to_owned();
        self.0.seconds.get_or_create(&OfRoute { method, route: route.clone() }).observe(seconds);
        self.0.answers.get_or_create(&OfAnswer { method, route, status }).inc();
    }

    /// Everything there is, as text.
    ///
    /// # Errors
    /// The store's.
    pub async fn write<S: Storage>(&self, engine: &Engine<S>) -> Result<String, StorageError> {
        let mut registry = Registry::with_prefix("chairside");
        let counts = &self.0;
        registry.register("requests", "Requests that came to a state", counts.requests.clone());
        registry.register("mail_tries", "Mails tried, by how it ended", counts.mails.clone());
        registry.register("http_answers", "Answers over HTTP", counts.answers.clone());
        registry.register("http_answer_seconds", "How long answers took", counts.seconds.clone());
        Standing::read(engine).await?.register(&mut registry);
        let mut text = String::new();
        // A string takes everything.
        encode(&mut text, &registry).map_err(|_| StorageError::Panicked)?;
        Ok(text)
    }
}

/// A method that is one; whatever else a caller says is counted together.
fn known(method: &axum::http::Method) -> &'static str {
    let all = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"];
    all.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// How everything stands.
#[derive(Default)]
struct Standing {
    clinics: Family<OfState, Gauge>,
    verified: Family<OfClinic, Gauge>,
    reached: Family<OfClinic, Gauge>,
    queue: Family<OfClinicState, Gauge>,
    oldest: Family<OfClinic, Gauge<f64, AtomicU64>>,
    orphans: Family<OfClinic, Gauge>,
    mails: Family<OfClinicState, Gauge>,
    breaker: Family<OfClinic, Gauge>,
}

impl Standing {
    async fn read<S: Storage>(engine: &Engine<S>) -> Result<Self, StorageError> {
        let standing = Self::default();
        for state in [State::Live, State::Checking, State::CatchingUp, State::Reconnecting, State::Offline] {
            standing.clinics.get_or_create(&OfState { state: state_word(state) }).set(0);
        }
        for clinic in engine.storage().clinics().await? {
            let ours = engine.clinic(clinic.id).map(|handle| handle.status().borrow().clone());
            let state = ours.filter(|status| status.ours).map_or(clinic.state, |status| status.state);
            standing.clinics.get_or_create(&OfState { state: state_word(state) }).inc();
            let label = OfClinic { clinic: clinic.id.to_string() };
            standing.verified.get_or_create(&label).set((state == State::Live).into());
            standing.reached.get_or_create(&label).set((state != State::Offline).into());
        }
        let now_ms = engine.clock().now().wall_ms;
        for tally in engine.storage().tallies().await? {
            let of = |state| OfClinicState { clinic: tally.clinic.to_string(), state };
            let label = OfClinic { clinic: tally.clinic.to_string() };
            for (state, count) in [("held", tally.held), ("sent", tally.sent), ("aside", tally.aside)] {
                standing.queue.get_or_create(&of(state)).set(count.cast_signed());
            }
            for (state, count) in [("waiting", tally.mails_waiting), ("dead", tally.mails_dead)] {
                standing.mails.get_or_create(&of(state)).set(count.cast_signed());
            }
            let waited_ms = tally.oldest_ms.map_or(0, |since_ms| now_ms.saturating_sub(since_ms).max(0));
            standing.oldest.get_or_create(&label).set(waited_ms as f64 / 1_000.0);
            standing.orphans.get_or_create(&label).set(tally.orphans.cast_signed());
            standing.breaker.get_or_create(&label).set(match tally.breaker {
                Phase::Closed => 0,
                Phase::HalfOpen { .. } => 1,
                Phase::Open { .. } => 2,
            });
        }
        Ok(standing)
    }

    fn register(self, registry: &mut Registry) {
        registry.register("clinics", "Clinics by how they are reached", self.clinics);
        registry.register("clinic_verified", "1 where both sides are equal and requests go out", self.verified);
        registry.register("clinic_reached", "1 where there is a line to the clinic", self.reached);
        registry.register("queue_requests", "Requests without an answer", self.queue);
        registry.register("queue_oldest_seconds", "How long the oldest held request has waited", self.oldest);
        registry.register("orphans", "Visits only the mirror had", self.orphans);
        registry.register("mails", "Mails by how they stand", self.mails);
        registry.register("breaker", "0 closed, 1 tried again, 2 open: requests are held", self.breaker);
    }
}
