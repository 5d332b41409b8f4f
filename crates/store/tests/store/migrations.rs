//! A store of any earlier version opens with all that was in it.

use chairside_store::Store;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, Row};

use crate::fixture::{KEY, Place, book, book_many, day, key, opening, patient, register, visit};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_every_earlier_version_opens_with_all_that_was_in_it() {
    let versions = MIGRATIONS.migrations.len();
    assert!(versions > 0);
    for earlier in 1..=versions {
        let (today, written) = stores_of_today().await;
        let place = Place::new();
        as_version(earlier, &today, &place).await;
        let store = Store::open(&place.folder, &key(), opening(0xd4)).await.expect("an earlier store opens");
        assert_eq!(store.day(day()).await.expect("a day"), written.day(day()).await.expect("a day"));
        assert_eq!(store.clinic(), written.clinic());
        assert_eq!(store.staff().await.expect("staff"), written.staff().await.expect("staff"));
        assert_eq!(store.patient(patient(0).id).await.expect("read"), Some(patient(0)));
        assert_eq!(store.find_patients("given0", 5).await.expect("found").len(), 1);
        assert_eq!(store.verify().await.expect("verified").fault, None, "version {earlier}");
        book(&store, visit(99, 2, "2026-11-24T09:00")).await.expect("and it is worked with");
        for store in [store, written] {
            store.close().await;
        }
    }
}

async fn stores_of_today() -> (Place, Store) {
    let (place, store) = Place::with_store().await;
    register(&store, patient(0)).await;
    book_many(&store, 0, 5).await;
    (place, store)
}

/// Founds a store as version `earlier` did, with the rows of `today` as far as
/// that version had columns for them.
async fn as_version(earlier: usize, today: &Place, place: &Place) {
    std::fs::create_dir_all(&place.folder).expect("a folder");
    let mut conn = SqliteConnectOptions::new()
        .filename(place.files().database())
        .create_if_missing(true)
        .pragma("key", format!("\"x'{KEY}'\""))
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(false)
        .connect()
        .await
        .expect("a new file");
    let until = Migrator { migrations: MIGRATIONS.migrations[..earlier].to_vec().into(), ..Migrator::DEFAULT };
    until.run(&mut conn).await.expect("as it was made then");
    let attach = format!("ATTACH '{}' AS today KEY \"x'{KEY}'\"", today.files().database().display());
    sqlx::query(sqlx::AssertSqlSafe(attach)).execute(&mut conn).await.expect("attached");
    let tables = sqlx::query(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' \
         AND name NOT LIKE 'patient\\_words%' ESCAPE '\\' AND name NOT LIKE 'patient\\_trigrams%' ESCAPE '\\'",
    )
    .fetch_all(&mut conn)
    .await
    .expect("its tables");
    for table in &tables {
        let table: String = table.get(0);
        let shared = sqlx::query_scalar::<_, String>(
            "SELECT then_.name FROM pragma_table_info(?1, 'main') then_ JOIN pragma_table_info(?1, 'today') now_ \
             ON now_.name = then_.name",
        )
        .bind(&table)
        .fetch_all(&mut conn)
        .await
        .expect("its columns")
        .join(", ");
        let copy = format!("INSERT INTO main.{table} ({shared}) SELECT {shared} FROM today.{table}");
        sqlx::query(sqlx::AssertSqlSafe(copy)).execute(&mut conn).await.expect("copied");
    }
    for index in ["patient_words", "patient_trigrams"] {
        let fill = format!(
            "INSERT INTO main.{index} (rowid, folded) SELECT recency, lower(given || ' ' || family) FROM main.patient"
        );
        sqlx::query(sqlx::AssertSqlSafe(fill)).execute(&mut conn).await.expect("indexed");
    }
    conn.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_was_changed_after_the_fact_is_damage() {
    let (place, store) = Place::with_store().await;
    store.close().await;
    crate::fixture::tamper(&place, "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await;
    assert!(matches!(place.open_as(2).await, Err(chairside_store::StoreError::Damaged(_))));
}
