//! Holding, releasing, skipping, reopening and purging, as a script does.

use super::sqlite::stored;
use super::*;

/// Runs a verb over this storage.
fn on(url: &str, line: &str) -> Answer {
    dlq(&line.split_whitespace().collect::<Vec<_>>(), &[("DLQ__STORAGE__URL", url)])
}

fn count(url: &str, status: &str) -> usize {
    on(url, &format!("list -o jsonl --status {status}")).stdout.lines().count()
}

#[tokio::test]
async fn a_script_has_to_say_yes_where_a_slip_would_hurt() {
    let folder = tempfile::tempdir().unwrap();
    let (url, ids) = stored(folder.path(), 3).await;
    for verb in ["hold --all", "skip --all", &format!("purge {}", ids[0])] {
        let answer = on(&url, verb);
        answer.fails(2, "There is no terminal at which to ask; allowed: --yes, or --dry-run");
    }
    assert_eq!(count(&url, "pending"), 3, "nothing was changed");
    assert_eq!(
        on(&url, &format!("hold {}", ids[0])).code,
        Some(0),
        "one record may be held without a question"
    );
    assert_eq!(count(&url, "on_hold"), 1);
}

#[tokio::test]
async fn records_go_through_every_decision_with_actor_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (url, ids) = stored(folder.path(), 3).await;
    let told = |line: &str, end: &str| {
        let answer = on(&url, line);
        assert_eq!(answer.code, Some(0), "{line}: {}{}", answer.stdout, answer.stderr);
        assert!(answer.stdout.ends_with(end), "{line}: {}", answer.stdout);
    };
    told("hold --all --yes --actor anna --reason upstream", "3 records put on hold\n");
    told("release --all --yes --limit 2", "2 records released\n");
    told("skip --all --dry-run", "3 records would be skipped\n");
    told("skip --status pending --yes", "2 records skipped\n");
    told("reopen --all --yes --limit 1", "1 record reopened\n");
    let show = on(&url, &format!("show {} -o json", ids[0])).stdout;
    let record: serde_json::Value = serde_json::from_str(&show).unwrap();
    let first = &record["history"][0];
    assert_eq!((&first["actor"], &first["reason"]), (&"anna".into(), &"upstream".into()));
    told("purge --all --yes", "3 records purged\n");
    let account = on(&url, "account");
    assert!(
        account.code == Some(0) && account.stdout.ends_with("The books balance.\n"),
        "{}",
        account.stdout
    );
    on(&url, "purge --all --yes").fails(3, "");
}

#[tokio::test]
async fn what_cannot_be_is_told_and_answered_with_no() {
    let folder = tempfile::tempdir().unwrap();
    let (url, ids) = stored(folder.path(), 2).await;
    let answer = on(&url, &format!("reopen {}", ids[0]));
    assert_eq!(answer.code, Some(3), "{}", answer.stderr);
    assert_eq!(
        answer.stdout,
        "1 record is left alone: reopen is not for what is pending\nno records to reopen\n"
    );
}
