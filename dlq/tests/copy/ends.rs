//! From one database into another, and what is told where that cannot be.

use dlq_core::storage::DlqStorageExt;
use dlq_storage_sql::{SqlConfig, SqlStorage};
use dlq_testkit::fixture::{self, live};
use serde_json::Value;

use crate::rig::{Store, dlq_and_errors, sql, wait};

/// Lets letters live in a store.
pub fn fill(store: &Store, letters: u32) {
    wait(async {
        let storage = SqlStorage::connect(&SqlConfig::from_url(&store.url).unwrap()).await.unwrap();
        live(&storage, letters).await;
        storage.close().await;
    });
}

/// What `dlq copy` answers.
pub fn copy(from: &Store, to: &Store) -> (Option<i32>, String, String) {
    dlq_and_errors(from, &["copy", &from.url, &to.url, "-o", "json"], &[])
}

/// Copies, and both ends are the same then, by the proof and by what the other verbs tell.
pub fn assert_copies(from: &Store, to: &Store) -> Value {
    let (code, report, errors) = copy(from, to);
    assert_eq!(code, Some(0), "{report}{errors}");
    for verb in [&["account"][..], &["stats"]] {
        let told = |store| dlq_and_errors(store, &[verb, &["-o", "json"]].concat(), &[]);
        let ((_, there, _), (_, here, _)) = (told(from), told(to));
        assert!(!there.is_empty() && there == here, "{verb:?}: {there} {here}");
    }
    serde_json::from_str(&report).unwrap()
}

/// What a row of the report says of the target.
pub fn number(report: &Value, what: &str) -> u64 {
    let rows = report["compared"].as_array().unwrap();
    let row = rows.iter().find(|row| row["what"] == what).unwrap_or_else(|| panic!("no {what} in {report}"));
    row["target"].as_str().unwrap().parse().unwrap()
}

fn moves(from: &Store, to: &Store) {
    fill(from, 300);
    let report = assert_copies(from, to);
    assert_eq!(report["same"], true);
    let counted =
        ["records", "stored", "captured", "returned", "imported", "purged", "documents", "watermarks"];
    let numbers = counted.map(|what| number(&report, what));
    assert_eq!(numbers, [300, 330, 330, 30, 30, 30, 3, 1]);
    assert!(number(&report, "places of delivery") == 30 && number(&report, "noted returns") == 30);
    let again = assert_copies(from, to);
    assert_eq!((&again["same"], &again["compared"]), (&true.into(), &report["compared"]));
}

#[test]
fn from_sqlite_to_sqlite() {
    moves(&Store::sqlite(), &Store::sqlite());
}

#[test]
fn from_sqlite_to_postgres() {
    moves(&Store::sqlite(), &Store::postgres());
}

#[test]
fn from_postgres_to_mariadb() {
    moves(&Store::postgres(), &Store::mariadb());
}

#[test]
fn from_mariadb_to_sqlite() {
    moves(&Store::mariadb(), &Store::sqlite());
}

#[test]
fn a_target_that_differs_later_is_told_and_left_alone() {
    let (from, to) = (Store::sqlite(), Store::sqlite());
    fill(&from, 50);
    assert_copies(&from, &to);
    wait(async {
        let storage = SqlStorage::connect(&SqlConfig::from_url(&to.url).unwrap()).await.unwrap();
        storage.save(fixture::record(9_999)).await.unwrap();
        storage.close().await;
    });
    let (code, report, errors) = dlq_and_errors(&from, &["copy", &from.url, &to.url], &[]);
    assert_eq!(code, Some(3), "{errors}");
    let differs =
        |what: &str| report.lines().any(|line| line.trim().starts_with(what) && line.ends_with("DIFFERS"));
    assert!(
        differs("records") && differs("checksum") && differs("pending") && !differs("purged"),
        "{report}"
    );
    assert!(report.contains("NOT the same"), "{report}");
    let (_, report, _) = copy(&from, &to);
    assert_eq!(number(&serde_json::from_str(&report).unwrap(), "records"), 51, "it is not taken away");
}

#[test]
fn a_target_that_is_not_empty_or_of_another_copy_is_refused() {
    let (from, other, to) = (Store::sqlite(), Store::sqlite(), Store::sqlite());
    fill(&from, 20);
    fill(&other, 20);
    let refused = |from: &Store, to: &Store, told: &str| {
        let (code, report, errors) = copy(from, to);
        assert_eq!((code, report.as_str()), (Some(2), ""), "{errors}");
        assert!(errors.contains(told), "{told:?} is missing in {errors}");
    };
    refused(&from, &other, "TO: it is not empty: it holds 20 records");
    refused(&from, &from, "TO: it is the source itself");
    assert_copies(&from, &to);
    refused(&other, &to, "TO: a copy from sqlite:");
    let redis = "redis://127.0.0.1:1";
    let (code, _, errors) = dlq_and_errors(&from, &["copy", &from.url, redis], &[]);
    assert!(code != Some(0) && errors.contains("redis"), "{errors}");
    let (code, _, errors) = dlq_and_errors(&from, &["copy", "memory:", &to.url], &[]);
    assert_eq!(code, Some(2), "{errors}");
}

#[test]
fn a_damaged_record_is_named_and_nothing_is_said_to_be_whole() {
    let (from, to) = (Store::sqlite(), Store::sqlite());
    fill(&from, 20);
    sql(
        &from.url,
        "UPDATE dlq_content SET checksum = checksum + 1 WHERE id = (SELECT MIN(id) FROM dlq_content)",
    );
    let (code, report, errors) = copy(&from, &to);
    assert_eq!((code, report.as_str()), (Some(1), ""), "{errors}");
    assert!(errors.contains("is damaged") && errors.contains("checksum"), "{errors}");
    let (code, _, _) = dlq_and_errors(&from, &["purge", "--all", "--yes"], &[]);
    assert_eq!(code, Some(0));
    assert_copies(&from, &to);
}

#[test]
fn urls_may_stand_in_files() {
    let (from, to, folder) = (Store::sqlite(), Store::sqlite(), tempfile::tempdir().unwrap());
    fill(&from, 4);
    let file = folder.path().join("url");
    std::fs::write(&file, format!("{}\n", from.url)).unwrap();
    let (code, report, errors) =
        dlq_and_errors(&from, &["copy", &format!("file:{}", file.display()), &to.url], &[]);
    assert!(code == Some(0) && report.contains("The same, in "), "{report}{errors}");
}
