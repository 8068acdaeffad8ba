//! `dlq demo`, as a newcomer runs it: on a bare machine, to its end.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(unused_imports, reason = "each test file uses its part")]
mod rig;

use std::process::Command;

use rig::Store;

#[test]
fn the_demo_ends_with_balanced_books_and_can_be_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    let kept = kept.to_str().unwrap();
    let demo = dlq(&["demo", "--seconds", "3", "--rate", "300", "--dir", kept]);
    assert!(demo.contains("The books balance."), "{demo}");
    assert!(demo.contains("java.net.SocketTimeoutException"), "{demo}");
    assert!(demo.contains(", 0 not seen."), "{demo}");

    let captured = number(&demo, "captured");
    let (pending, success) = (number(&demo, "pending"), number(&demo, "success"));
    assert!(pending > 0 && success > 0 && pending + success == captured, "{demo}");
    assert!(demo.contains(&format!("{captured} of them are stored, 0 are missing.")), "{demo}");

    let account = dlq(&["account", "--storage-url", &format!("sqlite:{kept}/dlq.db")]);
    assert_eq!(number(&account, "captured"), captured, "{account}");
    let again = run(&["demo", "--dir", kept]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
}

/// On a real server, and then again: what the first demo left is not touched.
fn plays_on(url: &str) {
    let play = ["demo", "--seconds", "3", "--rate", "100", "--store", url];
    let demo = dlq(&play);
    assert!(demo.contains("The books balance.") && demo.contains(", 0 not seen."), "{demo}");
    let captured = number(&demo, "captured");
    let account = || dlq(&["account", "--storage-url", url]);
    let before = account();
    assert_eq!(number(&before, "captured"), captured, "{before}");
    let again = run(&play);
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(2), "{told}");
    assert!(told.contains("is not empty: it holds") && !told.contains("dlq:dlq@"), "{told}");
    assert_eq!(account(), before);
}

#[test]
fn it_plays_on_sqlite() {
    plays_on(&Store::sqlite().url);
}

#[test]
fn it_plays_on_postgres() {
    plays_on(&Store::postgres().url);
}

#[test]
fn it_plays_on_mariadb() {
    plays_on(&Store::mariadb().url);
}

#[test]
fn it_plays_on_redis() {
    plays_on(&Store::redis().url);
}

#[test]
fn it_plays_on_cassandra() {
    plays_on(&Store::cassandra().url);
}

#[test]
fn it_plays_in_memory_and_says_that_nothing_is_kept() {
    let demo = dlq(&["demo", "--seconds", "3", "--rate", "100", "--store", "memory:"]);
    assert!(demo.contains("The books balance.") && demo.contains("Nothing of it is kept"), "{demo}");
}

#[test]
fn what_the_demo_cannot_do_is_a_mistake() {
    for arguments in [
        &["demo", "--seconds", "2"][..],
        &["demo", "--rate", "3001"],
        &["demo", "--storage-url", "memory:"],
        &["demo", "--store", "oracle:x"],
        &["demo", "--store", "memory:", "--dir", "x"],
        &["demo", "--output", "json"],
    ] {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {refused:?}");
        assert!(refused.stdout.is_empty(), "{arguments:?}: {refused:?}");
    }
}

fn run(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_dlq")).args(arguments).output().expect("the binary starts")
}

/// What it prints, once it ended well.
fn dlq(arguments: &[&str]) -> String {
    let ran = run(arguments);
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    String::from_utf8(ran.stdout).expect("text")
}

/// The number in the line `name number`.
fn number(text: &str, name: &str) -> u64 {
    let line = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| words.len() == 2 && words[0] == name);
    line.and_then(|words| words[1].parse().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
}
