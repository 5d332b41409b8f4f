//! A clinic's own programs.

use chairside_central::http::partner::issue;
use chairside_central::store::ClinicStorage;
use chairside_central::store::clinics::NewClinic;
use chairside_schedule::ClinicId;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use uuid::Uuid;

use crate::client::ask;
use crate::scene::{CLINIC, Scene, secret};

const ELSEWHERE: Uuid = Uuid::from_u128(0xc12);

async fn key(scene: &Scene, clinic: Uuid) -> String {
    let now = scene.engine.clock().now();
    let key = issue(&scene.storage, ClinicId(clinic), now).await.expect("written").expect("a clinic");
    key.reveal().to_owned()
}

#[tokio::test]
async fn a_partner_key_opens_its_clinics_bookings_and_no_others() {
    let scene = Scene::new().await;
    let new = NewClinic { id: ClinicId(ELSEWHERE), name: "Elsewhere".to_owned(), facts: "{}".to_owned() };
    assert!(scene.storage.add_clinic(new, scene.engine.clock().now()).await.expect("written"));
    let path = scene.booked(1, "09:00").await;
    let (mine, other) = (key(&scene, CLINIC).await, key(&scene, ELSEWHERE).await);
    let list = format!("/api/v1/clinics/{CLINIC}/bookings");
    let get = async |path: &str, headers: &[(&str, &str)]| ask(scene.address, "GET", path, headers, b"").await;

    let listed = get(&list, &[("Partner-Key", &mine)]).await;
    let bookings = listed.body["bookings"].as_array().expect("bookings");
    assert_eq!((listed.status, bookings.len()), (200, 1), "{listed:?}");
    let one = get(&path, &[("Partner-Key", &mine)]).await;
    assert_eq!((one.status, &one.body), (200, &bookings[0]));
    assert!(!one.body.to_string().contains("example.org"), "no address");
    let tomorrow = format!("{list}?from={0}&to={0}", scene.tomorrow);
    let listed = get(&tomorrow, &[("Partner-Key", &mine)]).await;
    assert_eq!(listed.body["bookings"].as_array().map(Vec::len), Some(1), "{listed:?}");
    let later = format!("{list}?from={}", scene.tomorrow + chrono::Days::new(1));
    let listed = get(&later, &[("Partner-Key", &mine)]).await;
    assert_eq!(listed.body["bookings"].as_array().map(Vec::len), Some(0), "{listed:?}");

    let nobody = secret(7);
    let query = |query: &str| format!("{list}?{query}");
    type Headers<'a> = Vec<(&'a str, &'a str)>;
    let table: Vec<(String, Headers<'_>, u16, &str)> = vec![
        (list.clone(), vec![], 401, "partner_key_missing"),
        (list.clone(), vec![("Partner-Key", "short")], 400, "partner_key_malformed"),
        (list.clone(), vec![("Partner-Key", &nobody)], 403, "partner_key_wrong"),
        (list.clone(), vec![("Partner-Key", &other)], 403, "partner_key_wrong"),
        (path.clone(), vec![("Partner-Key", &other)], 403, "partner_key_wrong"),
        (path.clone(), vec![("Partner-Key", &nobody)], 403, "partner_key_wrong"),
        (query("from=x"), vec![("Partner-Key", &mine)], 400, "malformed"),
        (query("from=2027-01-02&to=2027-01-01"), vec![("Partner-Key", &mine)], 400, "days_reversed"),
        (query("from=2027-01-01&to=2027-03-01"), vec![("Partner-Key", &mine)], 400, "too_many_days"),
        (query("what=1"), vec![("Partner-Key", &mine)], 400, "unknown_parameter"),
        (format!("/api/v1/clinics/{ELSEWHERE}/bookings"), vec![("Partner-Key", &other)], 409, "clinic_not_ready"),
    ];
    for (path, headers, status, code) in table {
        let answer = get(&path, &headers).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{path} {headers:?}");
    }
    // Read, not written.
    let refused = ask(scene.address, "DELETE", &path, &[("Partner-Key", &mine)], b"").await;
    assert_eq!((refused.status, refused.code()), (401, "secret_missing"));
    let fresh = key(&scene, CLINIC).await;
    assert_eq!(get(&list, &[("Partner-Key", &mine)]).await.code(), "partner_key_wrong", "there is one at a time");
    assert_eq!(get(&list, &[("Partner-Key", &fresh)]).await.status, 200);
    scene.storage.set_partner_key(ClinicId(CLINIC), None, scene.engine.clock().now()).await.expect("written");
    assert_eq!(get(&list, &[("Partner-Key", &fresh)]).await.code(), "partner_key_wrong");
    let nowhere = issue(&scene.storage, ClinicId(Uuid::from_u128(5)), scene.engine.clock().now()).await;
    assert!(nowhere.expect("read").is_none());
    scene.stop().await;
}

#[tokio::test]
async fn facts_that_can_not_be_read_are_an_error_and_the_other_clinics_are_shown() {
    let scene = Scene::new().await;
    let new = NewClinic { id: ClinicId(ELSEWHERE), name: "Elsewhere".to_owned(), facts: "{}".to_owned() };
    assert!(scene.storage.add_clinic(new, scene.engine.clock().now()).await.expect("written"));
    let database = scene.folder.path().join(chairside_central::store::sqlite::DATABASE);
    let mut conn = SqliteConnectOptions::new().filename(database).connect().await.expect("a connection");
    let damaged = sqlx::query("UPDATE clinic SET facts = '7' WHERE clinic = ?").bind(CLINIC.as_bytes().as_slice());
    assert_eq!(damaged.execute(&mut conn).await.expect("written").rows_affected(), 1);
    conn.close().await.expect("closed");
    let one = scene.get(&format!("/api/v1/clinics/{CLINIC}")).await;
    assert_eq!((one.status, one.code()), (503, "store_damaged"));
    let all = scene.get("/api/v1/clinics").await;
    let names: Vec<_> = all.body.as_array().into_iter().flatten().map(|clinic| clinic["name"].clone()).collect();
    assert_eq!(names, ["Elsewhere"]);
    scene.stop().await;
}
