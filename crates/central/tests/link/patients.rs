//! Patients who book over HTTP, and go on asking until they are answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chairside_schedule::ClinicId;
use chairside_sync::body::Id;
use chairside_sync::mails::BookingId;
use chairside_sync::sealed::Who;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use crate::central::DEADLINE;
use crate::client::{Answer, ask, try_ask};
use crate::clinic::{self, kind, practitioner};

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A booking that central has acknowledged.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    pub booking: BookingId,
    pub number: u64,
    pub outcome: String,
    pub at: Instant,
}

/// What patients were told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Taken down, in the order of the answers.
    pub acknowledged: Vec<Acknowledged>,
    /// Refused, by code.
    pub refused: Vec<String>,
}

/// Patients of one clinic who wish for place after place with these people.
pub struct Patients {
    http: SocketAddr,
    clinic: ClinicId,
    with: Vec<u128>,
    next: AtomicU64,
}

/// Patients who book until they are told to stop.
pub struct Stream {
    going: watch::Sender<bool>,
    task: JoinHandle<Told>,
    told: Arc<AtomicU64>,
}

impl Patients {
    pub fn new(http: SocketAddr, clinic: ClinicId, with: impl IntoIterator<Item = u128>) -> Arc<Self> {
        Arc::new(Self { http, clinic, with: with.into_iter().collect(), next: AtomicU64::new(0) })
    }

    /// The `number`th patient wishes for a place of their own.
    pub async fn wish(&self, number: u64) -> Answer {
        let people = self.with.len() as u64;
        let with = self.with[usize::try_from(number % people).expect("a small number")];
        self.wish_for(number, with, number / people).await
    }

    /// A patient wishes for this place, and asks under the same name until there is an answer.
    pub async fn wish_for(&self, number: u64, with: u128, place: u64) -> Answer {
        let start = clinic::start(clinic::tomorrow(), place).format("%Y-%m-%dT%H:%M");
        let body = json!({ "clinic": self.clinic.0, "slot": format!("{}@{start}", practitioner(with).0),
            "kind": kind().0, "language": if number.is_multiple_of(2) { "sv" } else { "en" },
            "contact": format!("patient{number}@example.org"), "sealed": self.sealed(number) });
        let (secret, attempt) = (self.secret(number), number.to_string());
        let headers = [("Booking-Secret", secret.as_str()), ("Idempotency-Key", attempt.as_str())];
        self.ask("POST", "/api/v1/bookings", &headers, body.to_string().as_bytes()).await
    }

    /// How the booking of the `number`th patient stands.
    pub async fn look(&self, number: u64, booking: BookingId) -> Answer {
        let secret = self.secret(number);
        self.ask("GET", &format!("/api/v1/bookings/{}", booking.0), &[("Booking-Secret", &secret)], b"").await
    }

    /// The `number`th patient calls off what they booked.
    pub async fn cancel(&self, number: u64, booking: BookingId) -> Answer {
        let secret = self.secret(number);
        self.ask("DELETE", &format!("/api/v1/bookings/{}", booking.0), &[("Booking-Secret", &secret)], b"").await
    }

    /// How the clinic is reached.
    pub async fn status(&self) -> Value {
        ask(self.http, "GET", &format!("/api/v1/clinics/{}/status", self.clinic.0), &[], b"").await.body
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let by = Instant::now() + DEADLINE;
        loop {
            let tried = tokio::time::timeout(PATIENCE, try_ask(self.http, method, path, headers, body)).await;
            if let Ok(Ok(answer)) = tried {
                assert!(answer.status < 500, "{answer:?}");
                return answer;
            }
            assert!(Instant::now() < by, "no answer in time: {tried:?}");
            // Central is away: it may be back a moment later.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Who the `number`th patient is, for the clinic's eyes.
    fn sealed(&self, number: u64) -> String {
        let who = Who { given: format!("Given{number}"), family: "Online".to_owned(), ..Who::default() };
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        let sealed = who.seal(Id::from(*self.clinic.bytes()), nonce);
        sealed.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn secret(&self, number: u64) -> String {
        format!("{:032x}{number:032x}", self.clinic.0.as_u128())
    }

    /// So many at a time book until told to stop, each with a breath between two wishes.
    pub fn stream(self: &Arc<Self>, abreast: u64, breath: Duration) -> Stream {
        let (going, gone_on) = watch::channel(true);
        let told = Arc::new(AtomicU64::new(0));
        let mut all = JoinSet::new();
        for _ in 0..abreast {
            let (mine, mut going, told) = (Arc::clone(self), gone_on.clone(), Arc::clone(&told));
            all.spawn(async move {
                let mut heard = Told::default();
                let mut pace = tokio::time::interval(breath);
                pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                while *going.borrow_and_update() {
                    pace.tick().await;
                    let number = mine.next.fetch_add(1, Ordering::Relaxed);
                    let answer = mine.wish(number).await;
                    heard.hear(number, &answer);
                    told.fetch_add(1, Ordering::Relaxed);
                }
                heard
            });
        }
        let task = tokio::spawn(async move {
            let mut whole = Told::default();
            for heard in all.join_all().await {
                whole.acknowledged.extend(heard.acknowledged);
                whole.refused.extend(heard.refused);
            }
            whole.acknowledged.sort_by_key(|one| one.at);
            whole
        });
        Stream { going, task, told }
    }
}

impl Told {
    /// Notes an answer.
    pub fn hear(&mut self, number: u64, answer: &Answer) {
        match answer.status {
            200 | 201 => self.acknowledged.push(Acknowledged {
                booking: BookingId(answer.body["id"].as_str().and_then(|id| Uuid::parse_str(id).ok()).expect("an id")),
                number,
                outcome: answer.body["outcome"].as_str().expect("an outcome").to_owned(),
                at: Instant::now(),
            }),
            409 => self.refused.push(answer.code().to_owned()),
            _ => panic!("{answer:?}"),
        }
    }
}

impl Stream {
    /// How many answers there were so far.
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::Relaxed)
    }

    /// No more wishes; what was said to all of them.
    pub async fn end(self) -> Told {
        self.going.send_replace(false);
        self.task.await.expect("nobody panics")
    }
}
