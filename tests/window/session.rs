//! A desktop session's bus with what a desktop answers there: a tray, and
//! somebody who shows notifications. Both keep what they are told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use zbus::message::Header;
use zbus::{Connection, OwnedObjectPath, OwnedVariant, Variant, connection, interface};

use super::eventually;

/// Where a menu's items hang, as its owner tells: id, properties, children.
type Layout = (i32, HashMap<String, OwnedVariant>, Vec<OwnedVariant>);

/// The bus; it ends when this is dropped.
pub struct Session {
    daemon: Child,
    address: String,
    bus: Connection,
    told: Told,
    icons: Icons,
    _folder: tempfile::TempDir,
}

/// Notifications, as title and text.
type Told = Arc<Mutex<Vec<(String, String)>>>;

/// Icons in the tray, as who owns them and where.
type Icons = Arc<Mutex<Vec<(String, String)>>>;

impl Session {
    /// A bus of its own.
    pub async fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .arg(format!("--address=unix:dir={}", folder.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon starts; `make test` installs it");
        let mut address = String::new();
        let said = daemon.stdout.take().expect("its output is piped");
        BufReader::new(said).read_line(&mut address).expect("it says where it is");
        let address = address.trim().to_owned();
        let (told, icons) = (Told::default(), Icons::default());
        let bus = connection::Builder::address(address.as_str())
            .name("org.freedesktop.Notifications")
            .serve_at("/org/freedesktop/Notifications", Notifications(Arc::clone(&told)))
            .name("org.kde.StatusNotifierWatcher")
            .serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&icons)))
            .build()
            .await;
        Self { daemon, address, bus: bus.expect("the bus takes us"), told, icons, _folder: folder }
    }

    /// What `DBUS_SESSION_BUS_ADDRESS` is to be.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The notifications there were so far.
    pub fn notifications(&self) -> Vec<(String, String)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Clicks the last notification there was.
    pub async fn click_notification(&self) {
        let id = u32::try_from(self.notifications().len()).expect("few of them");
        let (path, interface) = ("/org/freedesktop/Notifications", "org.freedesktop.Notifications");
        let clicked = self.bus.emit_signal(None::<&str>, path, interface, "ActionInvoked", &(id, "default")).await;
        clicked.expect("the bus carries it");
    }

    /// What the menu of the icon in the tray says, by its items' ids.
    pub async fn menu(&self) -> Option<HashMap<i32, String>> {
        let (owner, path) = self.menu_place().await?;
        let none: &[&str] = &[];
        let asked = (0_i32, -1_i32, none);
        let menu = Some("com.canonical.dbusmenu");
        let answer = self.bus.call_method(Some(owner.as_str()), path.as_str(), menu, "GetLayout", &asked).await.ok()?;
        let (_, (_, _, items)): (u32, Layout) = answer.body().deserialize().ok()?;
        let labels = items.into_iter().filter_map(|item| {
            let (id, properties, _): Layout = item.try_into().ok()?;
            let label = String::try_from(properties.get("label")?.try_clone().ok()?).ok()?;
            Some((id, label.replace('_', "")))
        });
        Some(labels.collect())
    }

    /// Waits until a line of that menu says this.
    pub async fn menu_says(&self, words: &str) {
        eventually(&format!("the tray says {words}"), async || {
            self.menu().await?.values().any(|label| label == words).then_some(())
        })
        .await;
    }

    /// Picks a line of that menu.
    pub async fn pick(&self, words: &str) {
        let menu = self.menu().await.expect("there is a menu");
        let id = menu.iter().find_map(|(id, label)| (label == words).then_some(*id));
        let (owner, path) = self.menu_place().await.expect("there is a menu");
        let event = (id.expect("it has that line"), "clicked", Variant::from(0_i32), 0_u32);
        let menu = Some("com.canonical.dbusmenu");
        let picked = self.bus.call_method(Some(owner.as_str()), path.as_str(), menu, "Event", &event).await;
        picked.expect("it can be picked");
    }

    async fn menu_place(&self) -> Option<(String, OwnedObjectPath)> {
        let (owner, path) = self.icons.lock().unwrap_or_else(PoisonError::into_inner).last()?.clone();
        let asked = ("org.kde.StatusNotifierItem", "Menu");
        let properties = Some("org.freedesktop.DBus.Properties");
        let answer = self.bus.call_method(Some(owner.as_str()), path.as_str(), properties, "Get", &asked).await.ok()?;
        let place: OwnedVariant = answer.body().deserialize().ok()?;
        Some((owner, place.try_into().ok()?))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        super::end(&mut self.daemon);
    }
}

/// Shows notifications: keeps them.
struct Notifications(Told);

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[expect(clippy::too_many_arguments, reason = "the desktop's own specification has them")]
    fn notify(
        &self,
        _application: String,
        _replaces: u32,
        _icon: String,
        title: String,
        text: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedVariant>,
        _expires_ms: i32,
    ) -> u32 {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.push((title, text));
        u32::try_from(told.len()).unwrap_or(u32::MAX)
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".to_owned(), "body".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let [name, vendor, version, specification] = ["test", "test", "1", "1.2"].map(str::to_owned);
        (name, vendor, version, specification)
    }

    fn close_notification(&self, _id: u32) {}
}

/// Has a tray: keeps who put an icon there.
struct Watcher(Icons);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    #[expect(clippy::needless_pass_by_value, reason = "that is how zbus hands a header over")]
    fn register_status_notifier_item(&self, path: String, #[zbus(header)] header: Header<'_>) {
        let owner = header.sender().map(ToString::to_string).unwrap_or_default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((owner, path));
    }

    fn register_status_notifier_host(&self, _host: String) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        Vec::new()
    }
}
