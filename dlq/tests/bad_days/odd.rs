//! Letters of a form that no one expects: stored, shown and sent home byte for byte.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use dlq::traffic::Letter;
use serde_json::{Value, json};

use crate::rig::{Process, Store, all_of, dlq, produce, records, show, topic, unique, until_stored};

fn odd_letters() -> Vec<Letter> {
    let plain = || Letter::new("key", "payload").header("trace", "01");
    let header = |name: &[u8], value: Option<&[u8]>| (name.to_vec(), value.map(<[u8]>::to_vec));
    let many = (0..10_000).map(|n: u32| header(format!("h{n}").as_bytes(), Some(&n.to_be_bytes())));
    vec![
        Letter { headers: vec![header(b"\xFF\xFEname", Some(b"not UTF-8")), header(b"", None)], ..plain() },
        Letter { payload: None, ..plain() },
        Letter { payload: Some(vec![]), ..plain() },
        Letter { key: None, ..plain() },
        Letter { key: Some(vec![]), ..plain() },
        Letter { key: Some(vec![0, 0xFF]), payload: Some(vec![0xC3, 0x28, 0]), ..plain() },
        Letter { headers: vec![header(b"twice", None), header(b"twice", Some(b""))], ..plain() },
        Letter { key: None, payload: None, headers: vec![], timestamp: None },
        Letter { headers: many.collect(), ..plain() },
        Letter { payload: Some((0..900_000_u32).map(|n| n.to_le_bytes()[1]).collect()), ..plain() },
    ]
}

/// A key or payload as `dlq show` tells it.
fn body(bytes: Option<&Vec<u8>>) -> Value {
    let Some(bytes) = bytes else { return json!({ "state": "null" }) };
    let mut body = json!({ "state": "present", "base64": BASE64.encode(bytes) });
    if let Ok(text) = std::str::from_utf8(bytes) {
        body["text"] = text.into();
    }
    body
}

fn payload(bytes: Option<&Vec<u8>>) -> Value {
    let mut body = body(bytes);
    if let Some(bytes) = bytes {
        body["size"] = bytes.len().into();
    }
    body
}

fn header((name, value): &(Vec<u8>, Option<Vec<u8>>)) -> Value {
    let mut header = match std::str::from_utf8(name) {
        Ok(name) => json!({ "name": name }),
        Err(_) => json!({ "name_base64": BASE64.encode(name) }),
    };
    header["base64"] = value.as_ref().map(|value| BASE64.encode(value)).into();
    if let Some(Ok(text)) = value.as_deref().map(std::str::from_utf8) {
        header["text"] = text.into();
    }
    header
}

/// The headers that are ours, behind the letter's own.
fn ours(record: &Value) -> [(&'static str, Option<String>); 5] {
    let text = |value: &Value| Some(value.as_str().unwrap().to_owned());
    [
        ("dlq.record.id", text(&record["id"])),
        ("dlq.redrive.id", text(&record["attempt"]["redrive_id"])),
        ("dlq.attempt", Some("1".to_owned())),
        ("dlq.redriven.at", None),
        ("dlq.redriven.by", Some("operator".to_owned())),
    ]
}

fn stored_shown_and_sent_home(store: &Store) {
    let (dead, home) = (topic("odd-dlt", 1), topic("odd", 1));
    let letters = odd_letters();
    let produced = produce(&dead, letters.clone());
    let serve = Process::serve(store, &dead, &unique("dlq"));
    until_stored(store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_eq!(dlq(store, &["redrive", "--all", "--yes", "--target-topic", &home]).0, Some(0));

    let mut arrived = all_of(&home);
    assert_eq!(arrived.len(), letters.len());
    for record in records(store) {
        let record = show(store, record["id"].as_str().unwrap());
        let place = record["captured_from"]["offset"].as_u64().unwrap();
        let letter = &letters[usize::try_from(place).unwrap()];
        assert_eq!(record["key"], body(letter.key.as_ref()));
        assert_eq!(record["payload"], payload(letter.payload.as_ref()));
        assert_eq!(record["headers"], letter.headers.iter().map(header).collect::<Value>());

        let id = record["id"].as_str().unwrap().as_bytes();
        let is_it = |(letter, _): &(Letter, _)| letter.value("dlq.record.id") == Some(id);
        let (mut came, _) = arrived.remove(arrived.iter().position(is_it).unwrap());
        let added = came.headers.split_off(letter.headers.len());
        assert_eq!(came, *letter, "byte for byte");
        assert_eq!(added.len(), 5, "{added:?}");
        for ((name, value), (ours, told)) in added.iter().zip(ours(&record)) {
            assert_eq!(name, ours.as_bytes());
            assert!(told.is_none() || told.as_deref().map(str::as_bytes) == value.as_deref(), "{added:?}");
        }
    }
}

#[test]
fn with_sqlite() {
    stored_shown_and_sent_home(&Store::sqlite());
}

#[test]
fn with_postgres() {
    stored_shown_and_sent_home(&Store::postgres());
}

#[test]
fn with_mariadb() {
    stored_shown_and_sent_home(&Store::mariadb());
}
