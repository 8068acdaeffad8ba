//! What cannot be written: one record that spoils its batch is refused alone; a database that takes nothing at all is
//! waited for, and no record is to blame.

mod common;

use dlq_core::record::DlqRecord;
use dlq_core::storage::{DlqStorage, Save, SaveOutcome, StorageErrorKind, StorageResult};
use dlq_storage_sql::SqlStorage;
use dlq_testkit::fixture::Draft;

use common::Place;

const BATCH: u32 = 1000;

fn batch() -> Vec<DlqRecord> {
    (0..BATCH).map(|number| Draft::new(number).in_lane("k", number.into()).record()).collect()
}

async fn save(storage: &SqlStorage, records: &[DlqRecord]) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
    storage.save_batch(records.iter().cloned().map(Save::New).collect()).await
}

/// The database has this to say about every record in the place 777 of its lane.
async fn one_record_is_refused_alone(place: impl Place, refuse: &str, kind: StorageErrorKind) {
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    place.execute(refuse).await;
    let records = batch();
    let answers = save(&storage, &records).await.expect("answered one by one");
    assert_eq!(answers.len(), records.len());
    for (number, answer) in answers.iter().enumerate() {
        match answer {
            Ok(outcome) => assert_eq!((number == 777, *outcome), (false, SaveOutcome::Stored { version: 1 })),
            Err(error) => {
                assert_eq!((number, error.kind()), (777, &kind));
                let said = error.to_string();
                assert!(!error.is_temporary() && said.contains(&records[777].id.to_string()), "{said}");
                assert!(said.contains("too large"), "{said}");
            }
        }
    }
    assert_eq!(storage.account().await.expect("counted").stored, u64::from(BATCH) - 1);
    storage.close().await;
    place.clear().await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_refuses_one_record_alone() {
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON dlq_record WHEN NEW.place = 777 \
                  BEGIN SELECT RAISE(ABORT, 'too large'); END";
    one_record_is_refused_alone(common::InFile::new(), refuse, StorageErrorKind::Serialization).await;
}

/// Raises an error with this code for the record in place 777; counts statements in a sequence, which no rollback turns
/// back.
#[cfg(feature = "postgres")]
fn raise(code: &str) -> String {
    format!(
        "CREATE SEQUENCE tries; \
         CREATE FUNCTION try() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM nextval(TG_TABLE_SCHEMA || '.tries'); RETURN NULL; END $$; \
         CREATE TRIGGER try BEFORE INSERT ON dlq_record FOR EACH STATEMENT EXECUTE FUNCTION try(); \
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF NEW.place = 777 THEN RAISE EXCEPTION 'too large' USING ERRCODE = '{code}'; END IF; \
         RETURN NEW; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT ON dlq_record FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_refuses_one_record_alone() {
    one_record_is_refused_alone(common::InSchema::new(), &raise("54000"), StorageErrorKind::Capacity).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn one_record_in_a_thousand_is_found_in_twice_the_logarithm_of_statements() {
    let place = common::InSchema::new();
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    place.execute(&raise("54000")).await;
    save(&storage, &batch()).await.expect("answered one by one");
    let tries: i64 = place.number("SELECT last_value FROM tries").await;
    assert!((2..=2 * i64::from(BATCH.ilog2())).contains(&tries), "{tries} statements");
    storage.close().await;
    place.clear().await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn what_passes_refuses_no_record_and_the_same_batch_is_stored_afterwards() {
    for (code, kind) in [
        ("53100", StorageErrorKind::Capacity),
        ("53200", StorageErrorKind::Capacity),
        ("25006", StorageErrorKind::AccessDenied),
        ("57014", StorageErrorKind::Timeout),
    ] {
        let place = common::InSchema::new();
        let storage = SqlStorage::connect(&place.config()).await.expect("connected");
        place.execute(&raise(code)).await;
        let records = batch();
        let error = save(&storage, &records).await.expect_err("unknown as a whole");
        assert_eq!((error.kind(), error.is_temporary()), (&kind, true), "{error}");
        place.execute("DROP TRIGGER refuse ON dlq_record").await;
        let answers = save(&storage, &records).await.expect("stored");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(SaveOutcome::Stored { version: 1 }))));
        storage.close().await;
        place.clear().await;
    }
}

/// The same by a trigger of MariaDB's, which can raise any number, but count only in tables that do not turn back.
#[cfg(feature = "mysql")]
fn signal(number: u16) -> String {
    format!(
        "CREATE TABLE tries (id BIGINT AUTO_INCREMENT PRIMARY KEY) ENGINE = Aria; \
         CREATE TRIGGER refuse BEFORE INSERT ON dlq_record FOR EACH ROW BEGIN \
         IF NEW.place = 777 THEN INSERT INTO tries VALUES (NULL); \
         SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'too large'; END IF; END"
    )
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn mariadb_refuses_one_record_alone() {
    one_record_is_refused_alone(common::InMysql::new(), &signal(1118), StorageErrorKind::Capacity).await;
}

/// Each part of the batch that holds it is refused once, and so is the statement within that part.
#[cfg(feature = "mysql")]
#[tokio::test]
async fn mariadb_is_asked_about_one_record_no_more_often_than_its_batch_can_be_halved() {
    let place = common::InMysql::new();
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    place.execute(&signal(1118)).await;
    save(&storage, &batch()).await.expect("answered one by one");
    let tries = place.number("SELECT COUNT(*) FROM tries").await;
    assert!((2..=2 * i64::from(BATCH.ilog2())).contains(&tries), "{tries} statements");
    storage.close().await;
    place.clear().await;
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn what_passes_in_mariadb_refuses_no_record_either() {
    for (number, kind) in [
        (1021, StorageErrorKind::Capacity),
        (1114, StorageErrorKind::Capacity),
        (1290, StorageErrorKind::AccessDenied),
        (1969, StorageErrorKind::Timeout),
    ] {
        let place = common::InMysql::new();
        let storage = SqlStorage::connect(&place.config()).await.expect("connected");
        place.execute(&signal(number)).await;
        let records = batch();
        let error = save(&storage, &records).await.expect_err("unknown as a whole");
        assert_eq!((error.kind(), error.is_temporary()), (&kind, true), "{error}");
        place.execute("DROP TRIGGER refuse").await;
        let answers = save(&storage, &records).await.expect("stored");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(SaveOutcome::Stored { version: 1 }))));
        storage.close().await;
        place.clear().await;
    }
}
