//! The application without its window: still online, brought back by a second
//! start, and gone with a goodbye.

use std::time::{Duration, Instant};

use super::board::press;
use super::central::Central;
use super::driver::Window;
use super::eventually;
use super::frame::Frame;
use super::home::Home;
use super::reception::{close_panel, pair, says, show_connection};
use super::session::Session;

/// Far below three beats, after which silence alone would tell.
const AT_ONCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_closed_window_leaves_the_clinic_online_and_a_second_start_brings_it_back() {
    let (central, home) = (Central::begin().await, Home::of_today().await);
    central.pair(&home);
    let window = Window::open(&home).await;
    let frame = Frame::on(window.display());
    window.find("[data-visit]").await;
    central.says("live").await;

    // The first time it says what that means, and does nothing before it was answered.
    frame.close();
    let question = window.find("dialog[open]").await;
    let said = question.text().await.expect("it says something");
    assert!(said.contains("Chairside keeps running") && said.contains("stays online"), "{said}");
    window.picture("closing");
    assert!(frame.is_shown());
    window.find("dialog[open] footer .primary").await.click().await.expect("it can be answered");
    eventually("the window is hidden", async || (!frame.is_shown()).then_some(())).await;
    assert_eq!(central.state().as_deref(), Some("live"));

    assert_eq!(window.start_again(&home, &[]).await, Some(0));
    eventually("the window is back", async || frame.is_shown().then_some(())).await;

    // Said once is enough.
    frame.close();
    eventually("the window is hidden at once", async || (!frame.is_shown()).then_some(())).await;
    assert_eq!(central.state().as_deref(), Some("live"));
    // A start at login finds it running, and shows nobody anything new.
    assert_eq!(window.start_again(&home, &["--hidden"]).await, Some(0));
    assert!(!frame.is_shown());

    // Once this is answered: the page goes with the application.
    let quit = "setTimeout(() => window.__TAURI_INTERNALS__.invoke('leave', { args: 'quit' }));";
    window.run(quit, vec![]).await;
    let told = Instant::now();
    central.says("offline").await;
    assert!(told.elapsed() < AT_ONCE, "it was noticed after {:?}", told.elapsed());
    assert!(central.heard_a_goodbye(), "the broker's word that it is gone would do as well");
    window.ends().await;
}

#[tokio::test]
async fn the_tray_tells_how_the_line_stands_and_asks_before_it_quits() {
    let (central, session, mut home) = (Central::begin().await, Session::begin().await, Home::of_today().await);
    home.bus = Some(session.address().to_owned());
    central.pair(&home);
    let window = Window::open(&home).await;
    let frame = Frame::on(window.display());
    window.find("[data-visit]").await;
    session.menu_says("Live").await;
    central.says("live").await;

    // It speaks the screens' language.
    window.run("window.__TAURI_INTERNALS__.invoke('choose', { args: { language: 'sv' } });", vec![]).await;
    session.menu_says("Öppna Chairside").await;
    window.run("window.__TAURI_INTERNALS__.invoke('choose', { args: { language: 'en' } });", vec![]).await;
    session.menu_says("Open Chairside").await;

    window.run("window.__TAURI_INTERNALS__.invoke('leave', { args: 'hide' });", vec![]).await;
    eventually("the window is hidden", async || (!frame.is_shown()).then_some(())).await;
    // What comes in online is told to whoever isn't looking, and not whose it is.
    central.book();
    let told = eventually("a notification", async || session.notifications().pop()).await;
    assert_eq!(told, ("Chairside".to_owned(), "A new online booking was confirmed.".to_owned()));
    // A click on it brings the window with the requests; a click that comes before
    // whoever asked for it listens is one that nobody made, so it is made again.
    eventually("the window is back", async || {
        session.click_notification().await;
        frame.is_shown().then_some(())
    })
    .await;
    window.find("[role=tabpanel]").await;

    window.run("window.__TAURI_INTERNALS__.invoke('leave', { args: 'hide' });", vec![]).await;
    eventually("the window is hidden", async || (!frame.is_shown()).then_some(())).await;
    session.pick("Open Chairside").await;
    eventually("the window is back", async || frame.is_shown().then_some(())).await;

    session.pick("Quit…").await;
    let said = window.find("dialog[open]").await.text().await.expect("it says something");
    assert!(said.contains("The clinic goes offline: online requests wait until Chairside runs again"), "{said}");
    window.picture("quitting");
    assert_eq!(central.state().as_deref(), Some("live"), "nothing is done before it was answered");
    window.find("dialog[open] footer button:not(.primary)").await.click().await.ok();
    let told = Instant::now();
    central.says("offline").await;
    assert!(told.elapsed() < AT_ONCE, "it was noticed after {:?}", told.elapsed());
    assert!(central.heard_a_goodbye(), "the broker's word that it is gone would do as well");
    window.ends().await;
}

#[tokio::test]
async fn it_starts_at_login_without_its_window_where_somebody_chose_so() {
    let (central, home) = (Central::begin().await, Home::of_today().await);
    central.pair(&home);
    let window = Window::open(&home).await;
    let frame = Frame::on(window.display());
    window.find("[data-visit]").await;
    let entry = home.folder().join(".config/autostart/Chairside.desktop");
    assert!(!entry.exists(), "off until somebody chooses it");
    window.find("nav .space + button").await.click().await.expect("the settings open");
    window.find("dialog[open] .computer input").await;
    window.run("document.querySelector('dialog[open] .computer input').focus();", vec![]).await;
    window.act(press(&[' '])).await;
    let entry = eventually("it is chosen", async || std::fs::read_to_string(&entry).ok()).await;
    window.picture("settings");
    central.says("live").await;
    window.kill();
    window.ends().await;
    central.says("offline").await;

    // As the session does it.
    let line = entry.lines().find_map(|line| line.strip_prefix("Exec=")).expect("it says what is started");
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words[0], env!("CARGO_BIN_EXE_chairside"));
    assert_eq!(words[1], "--hidden");
    let mut started = window.start_beside(&home, &words[1..]);
    central.says("live").await;
    assert!(!frame.is_shown());
    assert_eq!(window.start_again(&home, &[]).await, Some(0));
    eventually("the window is back", async || frame.is_shown().then_some(())).await;
    super::end(&mut started);
}

/// Who pairs a clinic is asked then and there: it is online for as long as its desk runs.
#[tokio::test]
async fn a_desk_that_was_just_paired_offers_to_start_by_itself() {
    let (central, home) = (Central::begin().await, Home::of_today().await);
    let window = Window::open(&home).await;
    window.find("[data-visit]").await;
    let entry = home.folder().join(".config/autostart/Chairside.desktop");
    pair(&window, &central.url(), &central.code()).await;
    says(&window, "dialog[open] .notice", "Start Chairside when this computer starts?").await;
    window.picture("paired");
    assert!(!entry.exists(), "off until somebody chooses it");
    window.act(press(&['s'])).await;
    says(&window, "dialog[open] .notice", "Chairside starts by itself from now on").await;
    let kept = std::fs::read_to_string(&entry).expect("it was chosen");
    assert!(kept.contains("--hidden"), "{kept}");

    // Offered once: who opens the panel later has other questions.
    close_panel(&window).await;
    show_connection(&window).await;
    window.find("dialog[open] .days .equal").await;
    assert_eq!(window.run("return document.querySelectorAll('dialog[open] .notice').length;", vec![]).await, 0);
}

#[tokio::test]
async fn a_desk_that_is_not_paired_ends_with_its_window() {
    let home = Home::with_demo().await;
    let window = Window::open(&home).await;
    let frame = Frame::on(window.display());
    window.find("[data-visit]").await;
    frame.close();
    window.ends().await;
}
