//! The same between two towns, where more goes wrong than the line: each ends
//! with the same judgement.

use std::time::Duration;

use super::board::press;
use super::centre::Kind;
use super::judge::Answer;
use super::patients::read;
use super::reception::{board_of, connection, go_to, is_in, says, show_connection, visits};
use super::scene::Scene;
use super::wall_clock::WallClock;

/// A broker that was killed comes back knowing nobody and nothing.
#[tokio::test]
async fn a_broker_without_its_memory_loses_nobody() {
    let test = "mishaps::a_broker_without_its_memory_loses_nobody";
    let Some(mut scene) = Scene::of(test, Kind::Mosquitto).await else { return };
    let [first, second, third] = scene.places();
    let anna = scene.confirmed(&first, "Anna", "Lind").await;
    scene.centre.kill_broker();
    scene.stands("offline").await;
    let bo = scene.held(&second, "Bo", "Ek").await;
    let cilla = scene.held(&third, "Cilla", "Falk").await;
    scene.book(&third, "Bergman").await;
    scene.centre.start_broker().await;
    scene.stands("live").await;
    scene.ends(&[(&anna, Answer::Confirmed), (&bo, Answer::Confirmed), (&cilla, Answer::Taken)]).await;
}

/// A disk that went back to before the outage: what both sides have done since
/// comes back, or staff are told of it.
#[tokio::test]
async fn a_desk_brought_back_from_a_backup_gets_back_what_it_promised() {
    let test = "mishaps::a_desk_brought_back_from_a_backup_gets_back_what_it_promised";
    let Some(mut scene) = Scene::of(test, Kind::Mosquitto).await else { return };
    let [first, second, third, fourth, fifth] = scene.places();
    let anna = scene.confirmed(&first, "Anna", "Lind").await;
    scene.quit().await;
    let backup = scene.centre.aside("clinic.backup");
    scene.at_rest(&["backup"], &backup);

    // A day's work that only central knows of once the disk is lost.
    scene.open().await;
    scene.stands("live").await;
    let bo = scene.confirmed(&second, "Bo", "Ek").await;
    let by_staff = scene.book(&third, "Bergman").await;
    scene.connected("all of it is sent", |view| view["unsent"] == 0).await;
    scene.quit().await;
    scene.at_rest(&["restore", "--overwrite-newer"], &backup);
    let cilla = scene.held(&fourth, "Cilla", "Falk").await;

    // Staff work on at once, with nobody to ask.
    scene.centre.towns().cut();
    scene.open().await;
    let at_once = scene.book(&fifth, "Cederlund").await;
    let day = board_of(&scene, first.date()).await;
    assert!(!visits(&day).any(|visit| visit["id"] == by_staff || is_in(visit, &second)), "the disk went back");
    scene.heal().await;
    let answers = [(&anna, Answer::Confirmed), (&bo, Answer::Confirmed), (&cilla, Answer::Confirmed)];
    scene.ends(&answers).await;
    let day = board_of(&scene, first.date()).await;
    assert!(visits(&day).any(|visit| visit["id"] == at_once), "what staff did since stands");
    let conflicts = scene.invoke("conflicts", serde_json::Value::Null).await.expect("the conflicts");
    let stands = visits(&day).any(|visit| visit["id"] == by_staff);
    let told = conflicts.as_array().expect("conflicts").iter().any(|conflict| {
        let theirs = &conflict["theirs"];
        theirs["start"] == third.start && theirs["practitioner"] == third.practitioner
    });
    assert!(stands || told, "what staff did on the lost disk went without a word: {conflicts}");
    go_to(&scene, first.date()).await;
    scene.picture("outage-restored").await;
    if !stands {
        scene.act(press(&['c'])).await;
        scene.find("[data-row]").await;
        scene.picture("outage-conflicts").await;
    }
}

/// Central's own disk went back: it hears the desk's answers again.
#[tokio::test]
async fn central_brought_back_from_a_backup_hears_the_answers_again() {
    let test = "mishaps::central_brought_back_from_a_backup_hears_the_answers_again";
    let Some(mut scene) = Scene::of(test, Kind::Embedded).await else { return };
    let [first, second, third, fourth] = scene.places();
    let anna = scene.confirmed(&first, "Anna", "Lind").await;
    // Held while the desk is away, which is what the backup has of them.
    scene.quit().await;
    let bo = scene.held(&second, "Bo", "Ek").await;
    let cilla = scene.held(&third, "Cilla", "Falk").await;
    let backup = scene.centre.aside("central.backup");
    scene.centre.backup(&backup);

    // Since then they were answered, and staff booked.
    scene.centre.towns().cut();
    scene.open().await;
    scene.book(&third, "Bergman").await;
    scene.heal().await;
    bo.becomes(&scene.centre, "confirmed").await;
    cilla.becomes(&scene.centre, "not_possible").await;
    scene.book(&fourth, "Cederlund").await;
    scene.connected("all of it is sent", |view| view["unsent"] == 0).await;
    scene.centre.stop();
    scene.centre.restore(&backup);
    scene.centre.serve().await;
    scene.stands("live").await;
    scene.ends(&[(&anna, Answer::Confirmed), (&bo, Answer::Confirmed), (&cilla, Answer::Taken)]).await;
}

/// The lid was closed for a night: nothing of the application runs, its line
/// leads nowhere, and when it wakes up it is eight hours later everywhere.
///
/// The wall clocks do leap. The steady one of a process can't: those of both
/// sides count as long as central took to call the clinic offline, after which
/// no length makes a difference.
#[tokio::test]
async fn a_laptop_that_slept_wakes_up_to_everything() {
    let test = "mishaps::a_laptop_that_slept_wakes_up_to_everything";
    let clock = WallClock::right();
    let Some(scene) = Scene::by(Some(&clock), test, Kind::Embedded).await else { return };
    let [first, second, third] = scene.places();
    let anna = scene.confirmed(&first, "Anna", "Lind").await;
    scene.book(&third, "Bergman").await;
    let asleep = scene.fall_asleep();
    scene.centre.towns().cut();
    read(&scene.centre, "offline").await;
    let bo = scene.held(&second, "Bo", "Ek").await;
    clock.set(Duration::from_hours(8));
    scene.centre.towns().heal();
    asleep.wake();
    scene.stands("live").await;
    scene.ends(&[(&anna, Answer::Confirmed), (&bo, Answer::Confirmed)]).await;
    let slept = scene.connected("it says when", |view| view["since"].is_string()).await;
    let began = slept["spells"].as_array().and_then(|spells| spells.last()).expect("the last connections");
    assert_ne!(began["at"], slept["since"], "it is later");
}

/// Nothing is decided while the two clocks differ; staff are told by how much.
#[tokio::test]
async fn a_clock_two_hours_wrong_is_told_and_answers_nobody_wrongly() {
    let test = "mishaps::a_clock_two_hours_wrong_is_told_and_answers_nobody_wrongly";
    let Some(mut scene) = Scene::of(test, Kind::Embedded).await else { return };
    let [first, second, third] = scene.places();
    let anna = scene.confirmed(&first, "Anna", "Lind").await;
    for hours in [2, -2] {
        scene.quit().await;
        scene.home.ahead(hours * 60 * 60);
        scene.open().await;
        let apart = |view: &serde_json::Value| {
            view["clocks_apart_minutes"].as_u64().is_some_and(|by| (119..=121).contains(&by))
        };
        scene.connected("the clocks are told to differ", apart).await;
    }
    show_connection(&scene).await;
    says(&scene, "dialog[open]", "120").await;
    scene.picture("outage-clock").await;
    let bo = scene.held(&second, "Bo", "Ek").await;
    let cilla = scene.held(&third, "Cilla", "Falk").await;
    // Staff book on.
    scene.book(&third, "Bergman").await;
    for held in [&bo, &cilla] {
        assert_eq!(held.booking(&scene.centre).expect("it is there")["outcome"], "held");
    }
    scene.quit().await;
    scene.home.ahead(0);
    scene.open().await;
    scene.stands("live").await;
    scene.ends(&[(&anna, Answer::Confirmed), (&bo, Answer::Confirmed), (&cilla, Answer::Taken)]).await;
}

/// Power goes in the middle of it, and what was booked in the outage is there.
#[tokio::test]
async fn a_desk_killed_while_it_catches_up_catches_up() {
    let test = "mishaps::a_desk_killed_while_it_catches_up_catches_up";
    let Some(mut scene) = Scene::of(test, Kind::Mosquitto).await else { return };
    let [first, second, third] = scene.places();
    let anna = scene.confirmed(&first, "Anna", "Lind").await;
    go_to(&scene, first.date()).await;
    scene.cut().await;
    let bo = scene.held(&second, "Bo", "Ek").await;
    let cilla = scene.held(&third, "Cilla", "Falk").await;
    let by_staff = scene.book(&third, "Bergman").await;
    let changes = scene.work_on().await;

    scene.centre.towns().heal();
    let seen = scene.first_state(&["catching_up", "live"]).await;
    // What is said now is answered late, so that it stays in the middle of it.
    let held_up = scene.centre.hold_up();
    let view = connection(&scene).await;
    assert_eq!(
        (seen.as_str(), &view["state"]),
        ("catching_up", &seen.clone().into()),
        "{changes} changes were too few"
    );
    scene.picture("outage-catching-up").await;
    scene.kill();
    scene.window.ends().await;
    held_up.wake();

    scene.open().await;
    scene.stands("live").await;
    scene.ends(&[(&anna, Answer::Confirmed), (&bo, Answer::Confirmed), (&cilla, Answer::Taken)]).await;
    let day = board_of(&scene, third.date()).await;
    assert!(visits(&day).any(|visit| visit["id"] == by_staff), "what the desk booked stands");
}

/// A hotel's network answers in central's place, and then there is another address.
#[tokio::test]
async fn a_stranger_on_the_line_is_no_central_and_another_network_is_found() {
    let test = "mishaps::a_stranger_on_the_line_is_no_central_and_another_network_is_found";
    let Some(scene) = Scene::of(test, Kind::Embedded).await else { return };
    let [first, second, third] = scene.places();
    let anna = scene.confirmed(&first, "Anna", "Lind").await;
    let portal = scene.centre.towns().portal().await;
    scene.stands("offline").await;
    let bo = scene.held(&second, "Bo", "Ek").await;
    let cilla = scene.held(&third, "Cilla", "Falk").await;
    scene.book(&third, "Bergman").await;
    drop(portal);
    scene.centre.towns().move_clinic();
    scene.stands("live").await;
    scene.ends(&[(&anna, Answer::Confirmed), (&bo, Answer::Confirmed), (&cilla, Answer::Taken)]).await;
}
