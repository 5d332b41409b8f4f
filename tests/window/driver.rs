//! The real window, driven from outside: `tauri-driver`, WebKit's own driver
//! behind it, and the application behind that.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fantoccini::actions::{ActionSequence, Actions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::display::Display;
use super::eventually;
use super::home::Home;

/// A window that is open, with its driver and its display.
pub struct Window {
    client: Client,
    driver: Child,
    display: Display,
}

impl Window {
    /// Opens the window on the clinic in `home`.
    pub async fn open(home: &Home) -> Self {
        let display = Display::start();
        let [port, native_port] = free_ports();
        let mut driver = Command::new(tauri_driver());
        surround(&mut driver, home, &display);
        let driver = driver
            .args(["--port", &port.to_string(), "--native-port", &native_port.to_string()])
            .stdin(Stdio::null())
            .spawn()
            .expect("tauri-driver starts; `make test` installs it");

        for port in [port, native_port] {
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            eventually("the driver listens", async || TcpStream::connect(address).ok()).await;
        }

        let mut capabilities = serde_json::Map::new();
        capabilities.insert("tauri:options".to_owned(), json!({ "application": env!("CARGO_BIN_EXE_chairside") }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a session with the window");
        Self { client, driver, display }
    }

    /// The display it is on.
    pub const fn display(&self) -> &Display {
        &self.display
    }

    /// Starts the application once more, on the same display and clinic.
    pub fn start_beside(&self, home: &Home, arguments: &[&str]) -> Child {
        let mut again = Command::new(env!("CARGO_BIN_EXE_chairside"));
        surround(&mut again, home, &self.display);
        again.args(arguments).stdin(Stdio::null()).spawn().expect("it starts")
    }

    /// Starts it once more and waits until that start has ended; answers its exit code.
    pub async fn start_again(&self, home: &Home, arguments: &[&str]) -> Option<i32> {
        let mut again = self.start_beside(home, arguments);
        eventually("the second start ends", async || again.try_wait().expect("it is ours")).await.code()
    }

    /// Has the application end in an orderly way, as its own menu does.
    pub async fn quit(&self) {
        let quit = "setTimeout(() => window.__TAURI_INTERNALS__.invoke('leave', { args: 'quit' }));";
        // The page goes with the application, often before it has answered.
        if let Err(error) = self.client.execute(quit, vec![]).await {
            eprintln!("quitting, the page said: {error}");
        }
        self.ends().await;
    }

    /// Waits until the application has ended.
    pub async fn ends(&self) {
        eventually("the application ends", async || self.application().is_none().then_some(())).await;
    }

    /// Waits until an element that fits `selector` is on the page.
    pub async fn find(&self, selector: &str) -> Element {
        let start = std::time::Instant::now();
        let mut looks = tokio::time::interval(std::time::Duration::from_millis(20));
        loop {
            looks.tick().await;
            if let Ok(element) = self.client.find(Locator::Css(selector)).await {
                return element;
            }
            if start.elapsed() > super::PATIENCE {
                let picture = self.picture("missing");
                panic!("{selector} is not on the page; see {}", picture.display());
            }
        }
    }

    /// Runs `script` in the page and answers what it returns.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Value {
        self.client.execute(script, args).await.expect("the page answers")
    }

    /// Runs `script` in the page and answers what it hands to its last argument, a function.
    pub async fn run_async(&self, script: &str, args: Vec<Value>) -> Value {
        self.client.execute_async(script, args).await.expect("the page answers")
    }

    /// Calls a command of the clinic as the page does.
    ///
    /// # Errors
    /// The problem, as the page gets it.
    pub async fn invoke(&self, command: &str, args: Value) -> Result<Value, Value> {
        let script = "const [command, args, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, { args }).then((ok) => done({ ok }), (error) => done({ error }));";
        let mut answer = self.client.execute_async(script, vec![json!(command), args]).await.expect("the page answers");
        match answer.get_mut("error") {
            Some(problem) => Err(problem.take()),
            None => Ok(answer["ok"].take()),
        }
    }

    /// Does what a hand does with mouse or keyboard.
    pub async fn act(&self, actions: impl Into<ActionSequence> + std::fmt::Debug) {
        let actions: ActionSequence = actions.into();
        let actions: Actions = actions.into();
        let done: Result<(), CmdError> = self.client.perform_actions(actions).await;
        done.expect("the window takes input");
    }

    /// The application's own process, below the driver's.
    fn application(&self) -> Option<Pid> {
        let binary = Path::new(env!("CARGO_BIN_EXE_chairside")).canonicalize().ok()?;
        let display = format!("DISPLAY={}", self.display.name());
        fs::read_dir("/proc")
            .ok()?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
            .filter(|pid| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == binary))
            // Somebody else may have a window of the same binary open.
            .filter(|pid| {
                fs::read(format!("/proc/{pid}/environ"))
                    .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|pair| pair == display.as_bytes()))
            })
            .find_map(Pid::from_raw)
    }

    /// The application's own process and all that it started.
    pub fn processes(&self) -> Vec<Pid> {
        let mut found = vec![self.application().expect("the application runs")];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            found.extend(children(parent));
            next += 1;
        }
        found
    }

    /// Ends the application as a power cut would.
    pub fn kill(&self) {
        let application = self.application().expect("the application runs");
        kill_process(application, Signal::KILL).expect("the application could be killed");
    }

    /// Keeps a picture of the display beside the build's other output, and says where.
    pub fn picture(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window");
        fs::create_dir_all(&folder).expect("a folder for pictures");
        let path = folder.join(format!("{name}.png"));
        self.display.picture(&path);
        eprintln!("picture: {}", path.display());
        path
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(application) = self.application()
            && let Err(error) = kill_process(application, Signal::TERM)
        {
            eprintln!("the application had ended already: {error}");
        }
        super::end(&mut self.driver);
    }
}

/// The processes that a process started.
fn children(parent: Pid) -> Vec<Pid> {
    let path = format!("/proc/{parent}/task", parent = parent.as_raw_nonzero());
    let tasks = fs::read_dir(path).into_iter().flatten().filter_map(|task| Some(task.ok()?.path().join("children")));
    let told: Vec<String> = tasks.filter_map(|file| fs::read_to_string(file).ok()).collect();
    told.iter().flat_map(|told| told.split_whitespace()).filter_map(|id| Pid::from_raw(id.parse().ok()?)).collect()
}

/// What the application finds around it.
fn surround(command: &mut Command, home: &Home, display: &Display) {
    command
        .env("DISPLAY", display.name())
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .env("LANG", "C.UTF-8")
        .env("NO_AT_BRIDGE", "1")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("HOME", home.folder())
        .env("XDG_DATA_HOME", home.folder().join("share"))
        .env("XDG_CACHE_HOME", home.folder().join("cache"))
        .env("XDG_CONFIG_HOME", home.folder().join("config"))
        .env("CHAIRSIDE_DATA", home.data())
        .env("CHAIRSIDE_KEY_FILE", home.key_file())
        // Never the one of whoever runs the tests.
        .env("DBUS_SESSION_BUS_ADDRESS", home.bus.as_deref().unwrap_or("disabled:"));
    match home.now_s {
        Some(now_s) => command.env("CHAIRSIDE_NOW", now_s.to_string()),
        None => command.env_remove("CHAIRSIDE_NOW"),
    };
    if let Some(clock) = &home.wall_clock {
        clock.show(command);
    }
}

/// Two ports nobody listens on.
pub fn free_ports() -> [u16; 2] {
    [(); 2]
        .map(|()| TcpListener::bind(("127.0.0.1", 0)).expect("a free port"))
        .map(|listener| listener.local_addr().expect("it has an address").port())
}

/// `make` installs it into a folder of its own and names it here.
fn tauri_driver() -> PathBuf {
    std::env::var_os("CHAIRSIDE_TAURI_DRIVER").map_or_else(|| PathBuf::from("tauri-driver"), PathBuf::from)
}
