//! `demo`: central with the clinics that come with the desks' program, each
//! with a desk of its own.
//!
//! **Promise.** Everything is the real thing: the service as `serve` runs it,
//! desks as processes of their own, paired by codes, over the broker. A desk
//! that dies is started again; none outlives the demo, however it ends. What
//! was founded is found again by the next run. Freed means founded anew: stores
//! are thrown away and made again, so that nothing of before is left anywhere,
//! under the same ids.
//!
//! **Reading order.** [`run`], [`place`] (the folder), [`program`] (the desks'
//! program), [`desk`] (one that is watched), [`front`] (the port), [`print`].

mod desk;
mod front;
mod place;
mod print;
mod program;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use chairside_schedule::ClinicId;
use chairside_sync::hub::State;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Failed;
use super::output::Output;
use super::serve::{Running, told_to_stop};
use crate::http::Server;
use crate::mails::office::Way;
use crate::operator::Refused;
use crate::settings::{Given, Settings, SettingsError};
use crate::store::ClinicStorage;
use crate::store::clinics::NewClinic;
use desk::{Desk, Shown, is_true};
use front::{Call, Front, Restored, busy};
use place::{Place, PlaceError};
use program::{DemoClinic, DeskFiles, Program, ProgramError};

/// How long all clinics may take until they are live.
const LIVE_WITHIN: Duration = Duration::from_secs(90);

/// How long open answers may take to end once told to stop.
const END_WITHIN: Duration = Duration::from_secs(5);

/// What a demo is made from.
struct Demo {
    place: Place,
    program: Program,
    clinics: Vec<DemoClinic>,
    settings: Settings,
    screens: Option<PathBuf>,
    /// Where desks and people find central.
    url: String,
    front: Front,
    shown: mpsc::UnboundedSender<Shown>,
    /// True once it was told to stop.
    stopping: watch::Receiver<bool>,
}

/// Everything that runs.
struct Scene {
    running: Running,
    desks: Vec<Desk>,
}

/// What was given, for a demo: everything lies in one folder, which is the
/// user's cache where none is named, mails among it.
pub fn given(given: Given) -> Given {
    let folder = given.data.clone().unwrap_or_else(usual_folder);
    let mails = given.smtp.is_none().then(|| folder.join("mails"));
    Given { mail_dir: given.mail_dir.clone().or(mails), data: Some(folder), ..given }
}

/// Beside what `make run` and `make test` keep.
fn usual_folder() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(std::env::home_dir()?.join(".cache")));
    cache.unwrap_or_default().join("chairside").join("central-demo")
}

/// Runs the demo until told to stop.
///
/// # Errors
/// [`Failed`].
pub async fn run(settings: Settings, screens: Option<PathBuf>, output: &Output) -> Result<(), Failed> {
    let ends = told_to_stop()?;
    let lines = &settings.lines;
    // Whoever is let in here may throw everything away.
    if !lines.listen.ip().is_loopback() || lines.https {
        return Err(SettingsError::Invalid("listen").into());
    }
    // Desks that were paired keep it.
    if lines.mqtt_listen.port() == 0 {
        return Err(SettingsError::Invalid("mqtt_listen").into());
    }
    let place = Place::open(&settings.data)?;
    let program = Program::find()?;
    let clinics = program.clinics().await?;
    let server = Server::bind(lines.listen).await?;
    let url = format!("http://{}", server.address());
    let (front, called) = Front::new();
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        ends.await;
        stop.send_replace(true);
    });
    let (end, mut ending) = watch::channel(false);
    let serving = tokio::spawn(server.lead(front.clone().router(), async move { is_true(&mut ending).await }));
    let mut settings =
        Settings { key_file: place.central().join(crate::keys::FILE), data: place.central(), ..settings };
    if settings.lines.listen.port() == 0 {
        // It could not be known before.
        settings.mails.page.clone_from(&url);
    }
    let (shown, screens_shown) = mpsc::unbounded_channel();
    let demo = Demo { place, program, clinics, settings, screens, url, front, shown, stopping };

    let done = demo.play(called, screens_shown, output).await;
    end.send_replace(true);
    match timeout(END_WITHIN, serving).await {
        Ok(Ok(served)) => done.and(Ok(served?)),
        Ok(Err(error)) => done.and(Err(std::io::Error::other(error).into())),
        Err(_) => {
            tracing::warn!("some answers were broken off");
            done
        }
    }
}

impl From<PlaceError> for Failed {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Strange(folder) => Self::Refused(Refused::new("demo_folder", folder.display())),
            PlaceError::InUse(folder) => Self::Refused(Refused::new("demo_in_use", folder.display())),
            PlaceError::File { path, source } => Self::Facts { path, said: source.to_string() },
        }
    }
}

impl From<ProgramError> for Failed {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Missing(path) => Self::Refused(Refused::new("demo_program", path.display())),
            error => Self::Io(std::io::Error::other(error)),
        }
    }
}

impl Demo {
    /// Opens the scene, and founds it anew as often as somebody asks.
    async fn play(
        &self,
        mut called: mpsc::Receiver<Call>,
        mut shown: mpsc::UnboundedReceiver<Shown>,
        output: &Output,
    ) -> Result<(), Failed> {
        // A clinic that is missing is none that central's mirror could go on with.
        if !self.place.is_founded() || !self.clinics.iter().all(|clinic| self.files(clinic).is_founded()) {
            self.found().await?;
        }
        let mut scene = Some(self.open(false).await?);
        if let Some(scene) = &scene
            && self.all_live(scene).await
        {
            print::ready(&self.told(scene, &mut shown).await, output)?;
        }
        let mut stopping = self.stopping.clone();
        loop {
            let call = tokio::select! {
                call = called.recv() => call,
                Some(Shown { clinic, url }) = shown.recv() => {
                    let named = self.clinics.iter().find(|one| one.id == clinic.0);
                    named.map_or(Ok(()), |one| print::shown(&one.name, &url, output))?;
                    continue;
                }
                () = is_true(&mut stopping) => None,
            };
            let Some(call) = call else { break };
            self.answer(call, &mut called, &mut scene).await;
        }
        self.front.shut().await;
        if let Some(scene) = scene {
            scene.close().await;
        }
        Ok(())
    }

    /// Frees everything for whoever called, and for who called meanwhile: they
    /// were not let in before it was done, so it is theirs, too.
    async fn answer(&self, call: Call, called: &mut mpsc::Receiver<Call>, scene: &mut Option<Scene>) {
        let restored = self.restore(scene).await.map_err(|error| {
            tracing::error!(%error, "the demo could not be founded anew");
            busy("demo_not_restored")
        });
        let mut calls = vec![call];
        while let Ok(call) = called.try_recv() {
            calls.push(call);
        }
        self.front.let_in().await;
        for call in calls {
            if call.send(restored.clone()).is_err() {
                tracing::info!("somebody did not wait until the demo was founded anew");
            }
        }
    }

    /// Throws everything away, founds it again, and waits until all clinics are live.
    async fn restore(&self, scene: &mut Option<Scene>) -> Result<Restored, Failed> {
        self.front.shut().await;
        if let Some(scene) = scene.take() {
            scene.close().await;
        }
        self.found().await?;
        let opened = scene.insert(self.open(true).await?);
        if !self.all_live(opened).await {
            return Err(Refused::new("demo_not_live", self.place.folder().display()).into());
        }
        tracing::info!("the demo was founded anew");
        Ok(Restored { clinics: self.clinics.len() })
    }

    /// Founds every clinic, on as many cores as there are.
    async fn found(&self) -> Result<(), Failed> {
        self.place.clear()?;
        let mut founding = JoinSet::new();
        for clinic in &self.clinics {
            let (program, clinic, files) = (self.program.clone(), clinic.clone(), self.files(clinic));
            founding.spawn(async move { program.found(&clinic, &files).await });
        }
        while let Some(founded) = founding.join_next().await {
            founded.map_err(std::io::Error::other)??;
        }
        Ok(())
    }

    fn files(&self, clinic: &DemoClinic) -> DeskFiles {
        DeskFiles::new(self.place.desk(&clinic.slug))
    }

    /// Starts central, adds the clinics it doesn't know, and starts the desks.
    async fn open(&self, desks_only: bool) -> Result<Scene, Failed> {
        let running = Running::start(&self.settings).await?;
        let added = self.add(&running).await;
        if let Err(error) = added {
            running.stop().await;
            return Err(error);
        }
        self.front.lead_to(running.api.clone().router().0, desks_only).await;
        let desks = self.clinics.iter().map(|clinic| {
            let start = desk::Start {
                program: self.program.clone(),
                files: self.files(clinic),
                screens: self.screens.clone(),
                clinic: ClinicId(clinic.id),
                central: self.url.clone(),
                storage: running.operator.storage.clone(),
                clock: running.operator.clock.clone(),
                shown: self.shown.clone(),
            };
            Desk::open(start)
        });
        Ok(Scene { desks: desks.collect(), running })
    }

    /// Desks draw their codes themselves, so the clinics are only put there.
    async fn add(&self, running: &Running) -> Result<(), Failed> {
        let operator = &running.operator;
        for DemoClinic { id, name, facts, .. } in self.clinics.iter().cloned() {
            let id = ClinicId(id);
            let new = NewClinic { id, name, facts: Value::Object(facts).to_string() };
            if operator.storage.add_clinic(new, operator.clock.now()).await? {
                running.service.follow(id).await?;
            }
        }
        Ok(self.place.founded()?)
    }

    /// Waits until every clinic is live; `false` where that takes too long, or
    /// the demo is told to stop meanwhile.
    async fn all_live(&self, scene: &Scene) -> bool {
        let engine = &scene.running.service.engine;
        let all = async {
            for clinic in &self.clinics {
                let Some(handle) = engine.clinic(ClinicId(clinic.id)) else { return false };
                if handle.status().wait_for(|status| status.state == State::Live).await.is_err() {
                    return false;
                }
            }
            true
        };
        let mut stopping = self.stopping.clone();
        tokio::select! {
            live = timeout(LIVE_WITHIN, all) => {
                if !matches!(live, Ok(true)) {
                    tracing::error!("not every clinic is live in time: see the desks' logs");
                }
                matches!(live, Ok(true))
            }
            () = is_true(&mut stopping) => false,
        }
    }

    /// What people are told of it, once every desk has shown its screens.
    async fn told(&self, scene: &Scene, shown: &mut mpsc::UnboundedReceiver<Shown>) -> print::Told {
        let mut screens = HashMap::new();
        while screens.len() < self.clinics.len() {
            // We send ourselves as long as we are there.
            let Some(Shown { clinic, url }) = shown.recv().await else { break };
            screens.insert(clinic.0, url);
        }
        let mut told = |DemoClinic { id, name, .. }: &DemoClinic| print::ToldClinic {
            id: *id,
            name: name.clone(),
            desk: screens.remove(id).unwrap_or_default(),
        };
        let clinics: Vec<print::ToldClinic> = self.clinics.iter().map(&mut told).collect();
        let example = print::example(&self.url, &scene.running.api.clone().router().0, &clinics).await;
        let mails = match &self.settings.mails.way {
            Some(Way::Folder(folder)) => Some(folder.clone()),
            Some(Way::Smtp(_)) | None => None,
        };
        print::Told { url: self.url.clone(), folder: self.place.folder().to_owned(), mails, clinics, example }
    }
}

impl Scene {
    /// Ends the desks, then central.
    async fn close(self) {
        self.running.api.end();
        let mut closing: JoinSet<()> = self.desks.into_iter().map(Desk::close).collect();
        while let Some(closed) = closing.join_next().await {
            if let Err(error) = closed {
                tracing::error!(%error, "a desk's end failed");
            }
        }
        self.running.stop().await;
    }
}
