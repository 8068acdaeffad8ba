//! What every verb has in common.

use super::*;

/// Every verb that changes records.
const CHANGE: [&str; 6] = ["hold", "release", "skip", "reopen", "purge", "redrive"];

#[test]
fn every_verb_that_changes_records_wants_to_know_which() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/dlq.db?mode=rwc", folder.path().display());
    std::fs::write(folder.path().join("dlq.db"), "").unwrap();
    for verb in CHANGE {
        let answer = dlq(&[verb, "--storage-url", &url], &[]);
        answer.fails(2, &format!("dlq {verb}"));
        answer.fails(2, "allowed: ids, at least one condition such as --topic orders, or --all");
        dlq(&[verb, "--all", "--yes", "--dry-run"], &[]).fails(2, "cannot be used with");
        dlq(&[verb, "--all", "--limit", "0"], &[]).fails(2, "0 is not in 1..");
    }
}

#[test]
fn csv_is_for_verbs_that_list() {
    for verb in [&["account"][..], &["check"], &["show", "018bcfe5-69f4-8ae6-ad8e-69d0d2f6ba19"]] {
        let answer = dlq(&[verb, &["-o", "csv"]].concat(), &[]);
        answer.fails(2, "--output csv: this verb lists nothing; allowed: table, json, jsonl");
    }
}

#[test]
fn shells_and_man_learn_every_verb() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = dlq(&["completions", shell], &[]);
        assert_eq!(script.code, Some(0));
        assert!(script.stdout.contains("purge"), "{shell}");
    }
    dlq(&["completions", "dash"], &[]).fails(2, "bash");
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    assert_eq!(dlq(&["man", &pages.display().to_string()], &[]).code, Some(0));
    for page in ["dlq.1", "dlq-purge.1", "dlq-tail.1"] {
        assert!(std::fs::read_to_string(pages.join(page)).unwrap().starts_with(".ie"), "{page}");
    }
}
