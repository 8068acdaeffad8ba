//! What the suite cannot see: damage, a server that is not there, several instances at once.

mod common;

use dlq_core::record::{DlqStatus, WorkerId};
use dlq_core::storage::{
    ClaimRequest, ClaimSelect, DlqStorage, DlqStorageExt, HeaderMatch, Order, QueryCriteria, Save,
};
use dlq_storage_sql::SqlStorage;
use dlq_testkit::conformance::audit;
use dlq_testkit::fixture;
use futures_util::StreamExt;

use common::Place;

/// Makes a test of each check, for each database.
macro_rules! in_each_database {
    ($($check:ident)+) => {
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $check() {
                super::$check(crate::common::InFile::new()).await;
            })+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $check() {
                super::$check(crate::common::InSchema::new()).await;
            })+
        }

        #[cfg(feature = "mysql")]
        mod mysql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $check() {
                super::$check(crate::common::InMysql::new()).await;
            })+
        }
    };
}

in_each_database! {
    several_instances_may_start_at_once
    damaged_content_is_never_read_as_if_it_were_whole
    damaged_content_is_put_on_hold_instead_of_claimed
    records_without_readable_details_are_listed_all_the_same
    a_header_is_found_however_much_content_is_searched
    the_lanes_get_their_index_with_the_first_claim_in_key_order
    tables_of_a_later_version_are_left_alone
    tables_of_a_later_version_that_allow_this_build_are_read_and_written
    tables_of_a_later_version_that_want_a_later_build_are_refused
    an_instance_that_runs_goes_on_while_the_tables_grow
    builds_of_two_versions_may_start_at_once
    texts_are_told_apart_byte_by_byte
    folding_counters_changes_no_count
    folding_beside_writers_loses_no_count
}

async fn several_instances_may_start_at_once(place: impl Place) {
    let starts = (0..6).map(|_| {
        let config = place.config();
        tokio::spawn(async move { SqlStorage::connect(&config).await })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.expect("no panic").expect("every instance starts").close().await;
    }
    place.clear().await;
}

async fn damaged_content_is_never_read_as_if_it_were_whole(place: impl Place) {
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    let damaged = fixture::record(1);
    storage.save(damaged.clone()).await.expect("stored");
    place.execute(DAMAGE).await;
    let whole = fixture::record(2);
    storage.save(whole.clone()).await.expect("stored");
    let everything = QueryCriteria::builder().order(Order::OldestFirst).build();
    let listed: Vec<_> = storage.stream(everything, true).map(|read| read.expect("goes on")).collect().await;
    assert_eq!(listed.len(), 2);
    let found = storage.find_batch(&[damaged.id, whole.id]).await.expect("goes on");
    for read in listed.iter().chain(found.iter().flatten()) {
        let warned = read.captured.provenance.warnings.iter().any(|warning| warning.contains("checksum"));
        let is_damaged = read.id == damaged.id;
        assert_eq!((read.captured.content.is_none(), warned), (is_damaged, is_damaged), "{read:?}");
        let expected = if is_damaged { damaged.failure() } else { whole.failure() };
        assert_eq!(read.failure().fingerprint, expected.fingerprint);
    }
    storage.close().await;
    place.clear().await;
}

async fn records_without_readable_details_are_listed_all_the_same(place: impl Place) {
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    let record = fixture::record(1);
    storage.save(record.clone()).await.expect("stored");
    place.execute("UPDATE dlq_content SET details = block").await;
    for content in [true, false] {
        let listed: Vec<_> = storage.stream(QueryCriteria::default(), content).collect().await;
        let [Ok(listed)] = listed.as_slice() else { panic!("{listed:?}") };
        assert_eq!((listed.id, listed.failure().fingerprint), (record.id, record.failure().fingerprint));
        assert!(listed.captured.content.is_none() && !listed.captured.provenance.warnings.is_empty());
    }
    storage.close().await;
    place.clear().await;
}

async fn damaged_content_is_put_on_hold_instead_of_claimed(place: impl Place) {
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    let damaged = fixture::record(1);
    storage.save(damaged.clone()).await.expect("stored");
    place.execute(DAMAGE).await;
    let whole = fixture::record(2);
    storage.save(whole.clone()).await.expect("stored");
    let select = ClaimSelect::Ids(vec![damaged.id, whole.id]);
    let request = ClaimRequest { select, ..ClaimRequest::due(WorkerId("w".to_owned())) };
    let claimed = storage.claim(&request).await.expect("claimed");
    assert_eq!(claimed, [whole]);
    let history = storage.history(damaged.id).await.expect("read");
    assert_eq!(history.last().map(|entry| entry.to), Some(DlqStatus::OnHold));
    storage.close().await;
    place.clear().await;
}

/// A header is looked for in the content of a few thousand records at a time.
async fn a_header_is_found_however_much_content_is_searched(place: impl Place) {
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    let rare = |number| {
        let mut draft = fixture::Draft::new(number);
        if number % 2500 == 7 {
            draft.headers.push((b"rare".to_vec(), Some(b"yes".to_vec())));
        }
        draft.record()
    };
    let records: Vec<_> = (0..5100).map(rare).collect();
    for batch in records.chunks(1000) {
        storage.save_batch(batch.iter().cloned().map(Save::New).collect()).await.expect("stored");
    }
    let header = HeaderMatch { name: "rare".into(), value: Some("yes".into()) };
    for order in [Order::NewestFirst, Order::OldestFirst, Order::DueFirst, Order::ChangedFirst] {
        let criteria = QueryCriteria::builder().header(header.clone()).order(order).build();
        let found: Vec<_> =
            storage.stream(criteria.clone(), false).map(|found| found.expect("read").id).collect().await;
        let expected = [7, 2507, 5007].map(|number| rare(number).id);
        assert!(found.len() == 3 && expected.iter().all(|id| found.contains(id)), "{order:?}: {found:?}");
        assert_eq!(storage.count(&criteria, 10).await.expect("counted").records, 3);
    }
    storage.close().await;
    place.clear().await;
}

async fn the_lanes_get_their_index_with_the_first_claim_in_key_order(place: impl Place) {
    let (one, two) = (SqlStorage::connect(&place.config()).await, SqlStorage::connect(&place.config()).await);
    let (one, two) = (one.expect("connected"), two.expect("connected"));
    let order = dlq_core::storage::LaneOrder::Keyed;
    let request = ClaimRequest { order, ..ClaimRequest::due(WorkerId("w".to_owned())) };
    let (first, second) = tokio::join!(one.claim(&request), two.claim(&request));
    assert!(first.expect("claimed").is_empty() && second.expect("claimed").is_empty());
    place.drop_lanes().await;
    one.close().await;
    two.close().await;
    place.clear().await;
}

async fn tables_of_a_later_version_are_left_alone(place: impl Place) {
    SqlStorage::connect(&place.config()).await.expect("connected").close().await;
    place.execute("INSERT INTO dlq_schema (version) VALUES (99)").await;
    let error = SqlStorage::connect(&place.config()).await.expect_err("refused");
    assert!(error.to_string().contains("99"), "{error}");
    place.clear().await;
}

/// What a later build may make of the tables without asking this one to stop.
const EXPAND: [&str; 4] = [
    "ALTER TABLE dlq_record ADD COLUMN later INTEGER",
    "ALTER TABLE dlq_history ADD COLUMN later INTEGER DEFAULT 7",
    "CREATE TABLE dlq_later (id BIGINT NOT NULL PRIMARY KEY)",
    "ALTER TABLE dlq_tally ADD COLUMN later INTEGER",
];

async fn expand(place: &impl Place) {
    for statement in EXPAND {
        place.execute(statement).await;
    }
    allow(place, 2, 1).await;
}

/// Notes a version as the build that made it would.
async fn allow(place: &impl Place, version: i64, reader_min: i64) {
    place.execute(&format!("INSERT INTO dlq_schema (version) VALUES ({version})")).await;
    let reader =
        format!("INSERT INTO dlq_schema_reader (version, reader_min) VALUES ({version}, {reader_min})");
    place.execute(&reader).await;
}

async fn tables_of_a_later_version_that_allow_this_build_are_read_and_written(place: impl Place) {
    SqlStorage::connect(&place.config()).await.expect("connected").close().await;
    expand(&place).await;
    let storage = SqlStorage::connect(&place.config()).await.expect("this build is allowed");
    fixture::live(&storage, 100).await;
    audit(&storage).await;
    assert_eq!(storage.account().await.expect("read").differences(), [0, 0]);
    storage.close().await;
    // A third version, again for builds that know the first.
    allow(&place, 3, 1).await;
    let storage = SqlStorage::connect(&place.config()).await.expect("and still is");
    audit(&storage).await;
    storage.close().await;
    place.clear().await;
}

async fn tables_of_a_later_version_that_want_a_later_build_are_refused(place: impl Place) {
    SqlStorage::connect(&place.config()).await.expect("connected").close().await;
    allow(&place, 2, 2).await;
    let refused = async |told: &str| {
        let error = SqlStorage::connect(&place.config()).await.expect_err("refused");
        assert!(error.to_string().contains(told) && !error.is_temporary(), "{error}");
    };
    refused("are of version 2, for builds that know version 2 at least: this build knows versions up to 1")
        .await;
    // What a version before contracted, a later one that is itself no stricter does not bring back.
    allow(&place, 3, 1).await;
    refused("are of version 3, for builds that know version 2 at least").await;
    place.clear().await;
}

async fn an_instance_that_runs_goes_on_while_the_tables_grow(place: impl Place) {
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    let skip = dlq_core::storage::Patch::to(DlqStatus::Skipped);
    for number in 0..6 {
        if number == 3 {
            expand(&place).await;
        }
        storage.save(fixture::record(number)).await.expect("stored");
        let change = dlq_core::record::Change::by("user:anna");
        let only = QueryCriteria::builder().ids([fixture::record(number).id]).build();
        assert_eq!(storage.bulk_update(&only, &skip, &change).await.expect("skipped").changed, 1);
        assert_eq!(storage.history(fixture::record(number).id).await.expect("read").len(), 1);
    }
    audit(&storage).await;
    storage.close().await;
    place.clear().await;
}

/// The later build has migrated half-way when this one looks: each waits for the other, or finds what it may use.
async fn builds_of_two_versions_may_start_at_once(place: impl Place) {
    SqlStorage::connect(&place.config()).await.expect("connected").close().await;
    let (older, newer) = tokio::join!(
        async {
            let mut storages = Vec::new();
            for _ in 0..5 {
                storages.push(SqlStorage::connect(&place.config()).await.expect("this build is allowed"));
            }
            storages
        },
        async {
            // The version comes last, and tells who may use it before.
            for statement in EXPAND {
                place.execute(statement).await;
            }
            place.execute("INSERT INTO dlq_schema_reader (version, reader_min) VALUES (2, 1)").await;
            place.execute("INSERT INTO dlq_schema (version) VALUES (2)").await;
        }
    );
    let () = newer;
    for (number, storage) in (0..).zip(older) {
        storage.save(fixture::record(number)).await.expect("stored");
        storage.close().await;
    }
    place.clear().await;
}

/// Case, spaces at the end, accents and characters of four bytes, however a database is used to compare.
async fn texts_are_told_apart_byte_by_byte(place: impl Place) {
    const TEXTS: [&str; 6] = ["a", "A", "a ", "ä", "a\u{308}", "a\u{1F4EE}"];
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    for (number, text) in (0..).zip(TEXTS) {
        let mut draft = fixture::Draft::new(number);
        draft.origin.consumer_group = Some(text.into());
        draft.failure.class = Some(text.to_owned());
        draft.failure.message = Some(format!("-{text}-"));
        storage.save(draft.record()).await.expect("stored");
        let json = serde_json::Value::from(text);
        let documents = storage.documents();
        let put = documents.put("kind", text, &json, dlq_core::storage::Expect::Absent).await;
        assert_eq!(put.expect("none is another's"), 1, "{text:?}");
    }
    let builder = QueryCriteria::builder;
    for text in TEXTS {
        for criteria in [
            builder().consumer_groups([text]),
            builder().error_class(text),
            builder().message_contains(format!("-{text}-")),
        ] {
            let criteria = criteria.build();
            assert_eq!(storage.count(&criteria, 10).await.expect("counted").records, 1, "{criteria:?}");
        }
        let document = storage.documents().get("kind", text).await.expect("read").expect("there");
        assert_eq!((document.id.as_str(), document.json.as_str()), (text, Some(text)));
    }
    let mut sorted = TEXTS;
    sorted.sort_unstable();
    let listed = storage.documents().list("kind", None, 10).await.expect("listed");
    assert!(listed.iter().map(|document| document.id.as_str()).eq(sorted));
    storage.close().await;
    place.clear().await;
}

async fn folding_counters_changes_no_count(place: impl Place) {
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    for number in 0..40 {
        storage.save(fixture::record(number)).await.expect("stored");
    }
    let all = QueryCriteria::default();
    let skip = dlq_core::storage::Patch::to(DlqStatus::Skipped);
    storage.bulk_update(&all, &skip, &dlq_core::record::Change::by("user:anna")).await.expect("skipped");
    let before = storage.account().await.expect("counted");
    storage.close().await;
    // Every start folds.
    for _ in 0..2 {
        let storage = SqlStorage::connect(&place.config()).await.expect("connected");
        assert_eq!(storage.account().await.expect("counted"), before);
        storage.close().await;
    }
    assert_eq!((before.stored, before.with_status(DlqStatus::Skipped)), (40, 40));
    place.clear().await;
}

/// Counters are folded every so many batches, beside those that add to them.
async fn folding_beside_writers_loses_no_count(place: impl Place) {
    let writers = (0..2_u32).map(|writer| {
        let config = place.config();
        tokio::spawn(async move {
            let storage = SqlStorage::connect(&config).await.expect("connected");
            for number in 0..280 {
                storage.save(fixture::record(writer * 1000 + number)).await.expect("stored");
            }
            storage.close().await;
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("no panic");
    }
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    let account = storage.account().await.expect("counted");
    assert_eq!((account.stored, account.with_status(DlqStatus::Pending)), (560, 560));
    storage.close().await;
    place.clear().await;
}

const DAMAGE: &str = "UPDATE dlq_content SET checksum = checksum + 1";

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_postgres_that_is_not_there_is_a_temporary_error_without_secrets() {
    is_not_there("postgres://anna:s3cret@127.0.0.1:1/dlq").await;
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn a_mariadb_that_is_not_there_is_a_temporary_error_without_secrets() {
    is_not_there("mariadb://anna:s3cret@127.0.0.1:1/dlq").await;
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn is_not_there(url: &str) {
    let config = dlq_storage_sql::SqlConfig::from_url(url).expect("readable");
    let config = config.acquire_timeout(std::time::Duration::from_millis(100));
    let error = SqlStorage::connect(&config).await.expect_err("nobody listens");
    assert_eq!(*error.kind(), dlq_core::storage::StorageErrorKind::Connection);
    assert!(error.is_temporary());
    let said = format!("{error} {error:?}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[tokio::test]
#[cfg(feature = "sqlite")]
async fn a_closed_file_stands_alone() {
    let place = common::InFile::new();
    let storage = SqlStorage::connect(&place.config()).await.expect("connected");
    storage.save(fixture::record(1)).await.expect("stored");
    assert!(
        storage.find_by_id(fixture::record(1).id).await.expect("read").is_some(),
        "readers are open, too"
    );
    assert_eq!(place.files(), ["dlq.db", "dlq.db-shm", "dlq.db-wal"]);
    DlqStorage::close(&storage).await;
    assert_eq!(place.files(), ["dlq.db"]);
}
