//! A bit of a stored letter is no longer what it was.

use crate::letters::{dead, spring_letter, text};
use crate::rig::{Store, all_of, capture, dlq, dlq_and_errors, records, topic};

const LETTERS: u32 = 20;

/// `flip` changes one byte of the block of the record whose id it gets.
fn is_told_and_never_sent(store: &Store, flip: impl FnOnce(&str) -> String) {
    let home = topic("orders", 1);
    capture(store, &dead(&home, LETTERS, spring_letter), LETTERS as usize);
    let broken = records(store)[7]["id"].as_str().unwrap().to_owned();
    store.sql(&flip(&broken));

    for arguments in [&["show", &broken][..], &["list", "-o", "jsonl"]] {
        let (code, out, error) = dlq_and_errors(store, arguments, &[]);
        assert_eq!((code, &*out), (Some(1), ""), "what is not what was stored is not shown as if it were");
        assert!(error.contains("checksum") && error.contains(&broken), "{error}");
    }
    let (code, listed) = dlq(store, &["list"]);
    assert!(code == Some(0) && listed.contains(&broken), "the list needs no content: {listed}");

    let (code, report) = dlq(store, &["redrive", "--all", "--yes", "-o", "json"]);
    println!("redrive: {code:?} {report}");
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
        let id = id.replace('-', "");
        format!(
            "UPDATE dlq_content SET block = CAST(substr(block, 1, 9) || x'FE' || substr(block, 11) AS BLOB) \
             WHERE id = x'{id}'"
        )
    });
}

#[test]
fn with_postgres() {
    is_told_and_never_sent(&Store::postgres(), |id| {
        format!("UPDATE dlq_content SET block = set_byte(block, 9, get_byte(block, 9) # 1) WHERE id = '{id}'")
    });
}
