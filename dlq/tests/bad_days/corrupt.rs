//! A bit of a stored letter is no longer what it was.

use crate::letters::{dead, spring_letter, text};
use crate::rig::{Store, all_of, capture, dlq, records, topic};

const LETTERS: u32 = 20;

/// `flip` answers the statement that changes a byte of the record whose id it gets.
fn is_told_and_never_sent(store: &Store, flip: impl FnOnce(&str) -> String) {
    let home = topic("orders", 1);
    capture(store, &dead(&home, LETTERS, spring_letter), LETTERS as usize);
    let broken = records(store)[7]["id"].as_str().unwrap().to_owned();
    store.sql(&flip(&broken));

    let (code, told) = dlq(store, &["show", &broken]);
    assert!(code == Some(0) && told.contains("checksum"), "it says what is wrong: {told}");
    let listed = records(store);
    assert_eq!(listed.len(), LETTERS as usize, "the others are listed all the same");
    let warned: Vec<_> = listed.iter().filter(|record| record.to_string().contains("checksum")).collect();
    assert!(warned.len() == 1 && warned[0]["id"] == *broken, "{warned:?}");

    let (code, report) = dlq(store, &["redrive", "--all", "--yes", "-o", "json"]);
    assert_eq!(code, Some(1), "not all of them went home: {report}");
    let sent: Vec<_> =
        all_of(&home).iter().map(|(letter, _)| text(letter, "dlq.record.id").to_owned()).collect();
    assert_eq!(sent.len(), LETTERS as usize - 1, "the others are home");
    assert!(!sent.contains(&broken), "it was never sent");
    let (_, held) = dlq(store, &["list", "--status", "on_hold"]);
    assert!(held.contains(&broken) && held.ends_with("1 record\n"), "{held}");
}

#[test]
fn with_sqlite() {
    is_told_and_never_sent(&Store::sqlite(), |id| {
        let (id, all_but_one) = (id.replace('-', ""), "substr(block, 1, length(block) - 1)");
        format!("UPDATE dlq_content SET block = CAST({all_but_one} || x'FE' AS BLOB) WHERE id = x'{id}'")
    });
}

#[test]
fn with_postgres() {
    is_told_and_never_sent(&Store::postgres(), |id| {
        let (last, byte) = ("length(block) - 1", "get_byte(block, length(block) - 1)");
        format!("UPDATE dlq_content SET block = set_byte(block, {last}, {byte} # 1) WHERE id = '{id}'")
    });
}

#[test]
fn with_mariadb() {
    is_told_and_never_sent(&Store::mariadb(), |id| {
        let (id, all_but_one) = (id.replace('-', ""), "SUBSTR(block, 1, LENGTH(block) - 1)");
        format!("UPDATE dlq_content SET block = CONCAT({all_but_one}, x'FE') WHERE id = x'{id}'")
    });
}
