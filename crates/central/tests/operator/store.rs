//! A store with something of everything an operator looks at.

use std::path::Path;

use chairside_central::store::mails::Ended;
use chairside_central::store::requests::NewRequest;
use chairside_central::store::sqlite::{DATABASE, MIGRATIONS};
use chairside_central::store::{MailStorage, MirrorStorage, RequestStorage, SqliteStorage};
use chairside_sync::Public;
use chairside_sync::digest::DayRows;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use uuid::Uuid;

use crate::fixture::{EARLY, FIRST, WINDOW, begun, booking, now, proposal_id, take_down, visit, with_clinic};

/// The id of request `number`, as it is written.
pub fn request(number: u128) -> String {
    Uuid::from_bytes(*proposal_id(number).0).to_string()
}

/// One clinic; a request that waits, one on its way, one set aside, an orphan,
/// a mail that was refused.
pub async fn full(data: &Path) {
    let store = SqliteStorage::open(data, Uuid::from_u128(1)).await.expect("opens");
    let owner = with_clinic(&store).await;
    let mut log = begun(&store, owner).await;
    log.say(&store, owner, &[Public::Appointment(visit(9, FIRST, 9)), Public::Mark(WINDOW)]).await;
    let mark = log.tip().expect("a mark").seq;
    let nothing = DayRows { appointments: Vec::new(), blockouts: Vec::new() };
    store.replace_day(owner, mark, FIRST, nothing, now(EARLY)).await.expect("written");
    for (number, day) in [(1, FIRST), (2, FIRST + 1), (3, FIRST + 2)] {
        let wish = booking(number, day, i64::try_from(number).expect("small"));
        // Far ahead, so that no service ends it as too late.
        take_down(&store, &NewRequest { start_s: 4_000_000_000, ..wish }).await;
    }
    let sent = store.release(owner, [FIRST + 1].into(), [].into(), 10, now(EARLY)).await.expect("written");
    assert_eq!(sent.0.len(), 1);
    store.quarantine(owner, proposal_id(3), "refused".to_owned(), now(EARLY)).await.expect("written");
    let mail = store.begin_mail(now(EARLY)).await.expect("written").expect("one is due");
    store.end_mail(mail.key, Ended::Refused("smtp_refused")).await.expect("written");
    assert_eq!(store.queue(owner.clinic, 10).await.expect("read").len(), 2);
    store.close().await;
}

/// As a later version would leave it.
pub fn written_by_a_newer_version(data: &Path) {
    let newer = MIGRATIONS.iter().last().expect("one").version + 1;
    let statement = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES ({newer}, 'later', 1, x'00', 0)"
    );
    let work = async {
        let mut conn = SqliteConnectOptions::new().filename(data.join(DATABASE)).connect().await.expect("opens");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await.expect("written");
        conn.close().await.expect("closed");
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work);
}
