//! What every story of an outage begins with: a clinic whose desk was paired in
//! its window and is live, and what may be done to both sides.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use super::asleep::Asleep;
use super::central::{done, plain, program};
use super::centre::{Centre, Kind};
use super::driver::Window;
use super::eventually;
use super::home::Home;
use super::judge::{Answer, judge, overlaps};
use super::patients::{Asked, Offered, ask, offered, read};
use super::reception::{close_panel, pair, reads};
use super::towns::{CENTRAL, Towns};
use super::wall_clock::WallClock;

/// A clinic, its window, and the data centre.
pub struct Scene {
    pub centre: Centre,
    pub home: Home,
    pub window: Window,
    before: BTreeSet<(Uuid, Uuid)>,
}

impl Deref for Scene {
    type Target = Window;

    fn deref(&self) -> &Window {
        &self.window
    }
}

impl Scene {
    /// Runs `test` again between two towns, with everything live there; `None`
    /// to whoever has run it.
    pub async fn of(test: &str, kind: Kind) -> Option<Self> {
        Self::by(None, test, kind).await
    }

    /// The same, where the desk and central go by this clock.
    pub async fn by(clock: Option<&WallClock>, test: &str, kind: Kind) -> Option<Self> {
        let towns = Towns::of(test).await?;
        let centre = Centre::begin(towns, kind, clock.cloned()).await;
        let mut home = Home::of_today().await;
        home.wall_clock = clock.cloned();
        let window = Window::open(&home).await;
        window.find("[data-visit]").await;
        pair(&window, &format!("https://{CENTRAL}"), &centre.add_clinic("Tandhuset")).await;
        close_panel(&window).await;
        let before = overlaps(&window).await;
        let scene = Self { centre, home, window, before };
        scene.stands("live").await;
        Some(scene)
    }

    /// Waits until both sides say so.
    pub async fn stands(&self, state: &str) {
        reads(&self.window, state).await;
        read(&self.centre, state).await;
    }

    /// Cuts the line, and waits until both sides have noticed.
    pub async fn cut(&self) {
        self.centre.towns().cut();
        self.stands("offline").await;
    }

    /// Makes the line whole, and waits until both sides have noticed.
    pub async fn heal(&self) {
        self.centre.towns().heal();
        self.stands("live").await;
    }

    /// So many free places at different times of one day.
    pub fn places<const COUNT: usize>(&self) -> [Offered; COUNT] {
        let mut places = offered(&self.centre, COUNT);
        places.truncate(COUNT);
        places.try_into().expect("so many")
    }

    /// A patient's wish that is answered at once.
    pub async fn confirmed(&self, place: &Offered, given: &str, family: &str) -> Asked {
        let asked = ask(&self.centre, place, given, family);
        asked.becomes(&self.centre, "confirmed").await;
        asked
    }

    /// A patient's wish that waits, and that its patient was told of.
    pub async fn held(&self, place: &Offered, given: &str, family: &str) -> Asked {
        let asked = ask(&self.centre, place, given, family);
        asked.becomes(&self.centre, "held").await;
        asked.is_told(&self.centre, "held").await;
        asked
    }

    /// Ends the application in an orderly way; central is told.
    pub async fn quit(&self) {
        self.window.quit().await;
        read(&self.centre, "offline").await;
    }

    /// Opens the window again, after its application has ended.
    pub async fn open(&mut self) {
        self.window = Window::open(&self.home).await;
        self.window.find("[data-visit]").await;
    }

    /// Has the clinic's headless program do something with the closed desk's store.
    pub fn at_rest(&self, words: &[&str], file: &Path) {
        let mut clinic = plain(&program("chairside-clinic"));
        clinic.args(words).arg(file).arg("--data").arg(self.home.data()).arg("--key-file").arg(self.home.key_file());
        done(&mut clinic);
    }

    /// Keeps a picture of the window once nothing on it moves.
    pub async fn picture(&self, name: &str) {
        let still = "const [done] = arguments;
            const ends = (motion) => motion.effect?.getComputedTiming().endTime !== Infinity;
            const frame = () => new Promise(requestAnimationFrame);
            frame().then(() => Promise.allSettled(document.getAnimations().filter(ends).map(({ finished }) => finished)))
              .then(frame).then(frame).then(() => done(true));";
        self.window.run_async(still, vec![]).await;
        self.window.picture(name);
    }

    /// Waits until everybody was answered, and both sides are the same; nothing
    /// is lost, and nothing is there twice.
    pub async fn ends(&self, answers: &[(&Asked, Answer)]) {
        judge(&self.window, &self.centre, answers, &self.before).await;
    }

    /// Books somebody new into a place, as the booking panel does.
    pub async fn book(&self, place: &Offered, family: &str) -> String {
        let clinic = self.window.invoke("clinic", Value::Null).await.expect("the clinic");
        let kinds = clinic["kinds"].as_array().expect("kinds").iter();
        let kind = kinds.min_by_key(|kind| kind["minutes"].as_i64()).expect("a kind");
        let id = Uuid::now_v7().to_string();
        let wish = json!({
            "id": id,
            "wish": {
                "patient": null, "practitioner": place.practitioner, "chair": null, "kind": kind["id"],
                "start": place.start, "minutes": place.minutes,
            },
            "new_patient": {
                "given": "Dagny", "family": family, "birth": "1961-02-14", "personnummer": "", "phone": "", "email": "",
            },
            "note": "", "source": "phone", "accept": { "warnings": [], "overbook_reason": null },
        });
        self.window.invoke("book_visit", wish).await.expect("it is booked");
        id
    }

    /// Writes notes on every visit of the next two weeks, as a busy day's desk does; how
    /// many: enough that catching up with them takes a while on a fast machine.
    pub async fn work_on(&self) -> usize {
        let script = "const [done] = arguments;
            const ask = (command, args) => window.__TAURI_INTERNALS__.invoke(command, { args });
            const work = async () => {
              const { days } = await ask('connection', null);
              const boards = await Promise.all(days.slice(1, 15).map(({ date }) => ask('day_board', { date })));
              const visits = boards.flatMap(({ visits }) => visits).filter(({ status }) => status === 'booked');
              const notes = ['Called', 'Called again', 'No answer yet', 'Called'];
              for (const [round, note] of notes.entries()) {
                const write = ({ id, version, kind, confirmed }) =>
                  ask('describe_visit', { id, version: version + round, kind, confirmed, note });
                await Promise.all(visits.map(write));
              }
              return visits.length * notes.length;
            };
            work().then((ok) => done({ ok }), (error) => done({ error }));";
        let answer = self.window.run_async(script, vec![]).await;
        serde_json::from_value(answer["ok"].clone()).unwrap_or_else(|_| panic!("{answer}"))
    }

    /// Looks without pause until the desk is connected in one of these ways; which.
    pub async fn first_state(&self, states: &[&str]) -> String {
        let script = "const [states, done] = arguments;
            const look = () => window.__TAURI_INTERNALS__.invoke('connection', { args: null })
              .then(({ state }) => states.includes(state) ? done(state) : look());
            look();";
        let seen = self.window.run_async(script, vec![json!(states)]).await;
        seen.as_str().expect("a state").to_owned()
    }

    /// Stops every process of the application where it stands.
    pub fn fall_asleep(&self) -> Asleep {
        let processes = self.window.processes();
        assert!(processes.len() > 1, "the page has a process of its own");
        Asleep::of(processes)
    }

    /// Waits until something is so of how the desk is connected.
    pub async fn connected(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        eventually(what, async || Some(super::reception::connection(&self.window).await).filter(|view| fits(view)))
            .await
    }
}
