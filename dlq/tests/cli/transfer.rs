//! Exports and imports, and following what changes.

use std::io::{BufRead, BufReader};

use super::sqlite::{empty, stored};
use super::*;

fn on(url: &str, arguments: &[&str]) -> Answer {
    dlq(arguments, &[("DLQ__STORAGE__URL", url)])
}

#[tokio::test]
async fn what_was_exported_is_imported_into_another_storage_as_it_was() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (from, ids) = stored(folders[0].path(), 20).await;
    let to = empty(folders[1].path()).await;
    assert_eq!(on(&from, &["hold", &ids[3], "--reason", "later"]).code, Some(0));
    let file = folders[0].path().join("records.jsonl").display().to_string();
    let export = on(&from, &["export", "--to", &file]);
    assert_eq!(export.code, Some(0), "{}", export.stderr);
    assert!(!Path::new(&format!("{file}.partial")).exists());
    on(&from, &["export", "--to", &file]).fails(2, "the file is there already");

    let import = on(&to, &["import", &file]);
    assert_eq!(
        (import.code, import.stdout.as_str()),
        (Some(0), "20 imported, 0 were there already, 0 refused\n")
    );
    let again = on(&to, &["import", &file, "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&report["imported"], &report["already_there"]), (&0.into(), &20.into()));
    let [there, here] = [&from, &to].map(|url| on(url, &["export"]).stdout);
    let unversioned = |text: &str| {
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let version = |mut record: serde_json::Value| {
            record["version"].take();
            record
        };
        lines.map(version).collect::<Vec<_>>()
    };
    assert_eq!(unversioned(&there), unversioned(&here));
    let account = on(&to, &["account"]);
    assert!(account.code == Some(0) && account.stdout.contains("imported   20"), "{}", account.stdout);
}

#[tokio::test]
async fn a_damaged_file_is_told_by_line_and_field() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (from, _) = stored(folders[0].path(), 3).await;
    let to = empty(folders[1].path()).await;
    let lines = on(&from, &["export"]).stdout;
    let damaged: Vec<_> = lines.lines().collect();
    let second = damaged[1].replace("\"count\":0", "\"count\":-1");
    let file = write(folders[0].path(), "damaged.jsonl", &[damaged[0], &second, damaged[2]].join("\n"));
    let strict = on(&to, &["import", &file]);
    strict.fails(1, "line 2: retry.count: invalid value: integer `-1`, expected u32");
    assert_eq!(strict.stdout, "1 imported, 0 were there already, 1 refused\n");
    let lenient = on(&to, &["import", &file, "--keep-going"]);
    assert_eq!(
        (lenient.code, lenient.stdout.as_str()),
        (Some(1), "1 imported, 1 were there already, 1 refused\n")
    );
    on(&to, &["import", "no/such.jsonl"]).fails(1, "cannot read no/such.jsonl");
}

#[tokio::test]
async fn tail_follows_what_changes_until_it_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let (url, ids) = stored(folder.path(), 3).await;
    on(&url, &["tail", "-o", "json"]).fails(2, "allowed: table, jsonl, csv");
    let mut tail = Command::new(env!("CARGO_BIN_EXE_dlq"))
        .env_clear()
        .args(["tail", "--every", "50ms", "-n", "1", "-o", "jsonl", "--storage-url", &url])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["version"], 1, "the latest of what is there");
    assert_eq!(on(&url, &["hold", &ids[0]]).code, Some(0));
    let changed = next();
    assert_eq!((&changed["id"], &changed["status"]), (&ids[0].as_str().into(), &"on_hold".into()));
    let pid = tail.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(tail.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn an_export_says_which_records_are_damaged() {
    use sqlx::{Connection, SqliteConnection};
    let folder = tempfile::tempdir().unwrap();
    let (url, _) = stored(folder.path(), 3).await;
    let mut behind = SqliteConnection::connect(&url).await.unwrap();
    let damage =
        "UPDATE dlq_content SET checksum = checksum + 1 WHERE id = (SELECT min(id) FROM dlq_content)";
    sqlx::query(damage).execute(&mut behind).await.unwrap();
    let export = on(&url, &["export"]);
    assert_eq!((export.code, export.stdout.lines().count()), (Some(1), 3), "{}", export.stderr);
    assert!(export.stderr.contains("this line cannot be imported"), "{}", export.stderr);
    let file = write(folder.path(), "damaged.jsonl", &export.stdout);
    on(&url, &["import", &file, "--dry-run"]).fails(1, "line 1: ");
}
