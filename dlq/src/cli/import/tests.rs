use dlq_core::MemoryStorage;
use dlq_core::record::RecordView;
use dlq_testkit::fixture::records;

use super::*;

fn lines(count: u32) -> Vec<String> {
    let json = |record| serde_json::to_string(&RecordView::to_restore(&record)).unwrap();
    records(0..count).into_iter().map(json).collect()
}

/// What becomes of these lines: the report, and the error that ended it.
async fn import(
    storage: &MemoryStorage,
    lines: &[String],
    keep_going: bool,
    dry_run: bool,
) -> (Report, String) {
    let args = ImportArgs { from: "-".into(), keep_going, dry_run };
    let mut import = Import::new(&args, storage);
    let ended = import.all(lines.join("\n").as_bytes()).await;
    (import.report, ended.err().map_or_else(String::new, |error| error.to_string()))
}

async fn stored(storage: &MemoryStorage) -> u64 {
    storage.account().await.unwrap().imported
}

#[tokio::test]
async fn what_is_imported_again_is_there_already() {
    let storage = MemoryStorage::new();
    let report = |imported, already_there| (Report { imported, already_there, refused: 0 }, String::new());
    assert_eq!(import(&storage, &lines(1_200), false, true).await, report(1_200, 0));
    assert_eq!(stored(&storage).await, 0, "a dry run stores nothing");
    assert_eq!(import(&storage, &lines(700), false, false).await, report(700, 0));
    assert_eq!(
        import(&storage, &lines(1_200), false, false).await,
        report(500, 700),
        "it goes on where it ended"
    );
}

#[tokio::test]
async fn a_damaged_line_ends_it_or_is_passed_over() {
    let mut damaged = lines(4);
    damaged[2] = damaged[2].replace("\"pending\"", "\"gone\"");
    damaged.insert(1, String::new());
    let storage = MemoryStorage::new();
    let (report, told) = import(&storage, &damaged, false, false).await;
    assert_eq!(
        (report.imported, report.refused, stored(&storage).await),
        (2, 1, 2),
        "what stands before is stored"
    );
    assert!(
        told.contains("line 4: status: ") && told.contains("\"gone\"") && told.contains("allowed"),
        "{told}"
    );
    let (report, told) = import(&storage, &damaged, true, false).await;
    assert_eq!(report, Report { imported: 1, already_there: 2, refused: 1 });
    assert_eq!(told, "");
}

#[tokio::test]
async fn a_line_that_is_no_text_is_told() {
    assert!(record(&[b'{', 0xff]).unwrap_err().contains("not UTF-8"));
    assert!(record(b"nonsense").unwrap_err().contains("expected"));
}
