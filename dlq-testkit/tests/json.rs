//! A record goes to JSON and comes back in every byte; a damaged line is refused, and told by field and value.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test may panic")]

use dlq_core::DlqRecord;
use dlq_core::record::{Attempt, Delivered, RecordView, RedriveId};
use dlq_testkit::fixture::{Draft, DraftBody, any_record, topic};
use proptest::prelude::*;
use serde_json::{Value, json};

fn to_json(record: &DlqRecord) -> String {
    serde_json::to_string(&RecordView::to_restore(record)).unwrap()
}

/// A record of any content, and with an attempt behind it where asked.
fn worked_on() -> impl Strategy<Value = DlqRecord> {
    let attempt = (1..9u32, any::<[bool; 3]>());
    (any_record(), proptest::option::of(attempt), 0..u64::MAX, 0..9u32).prop_map(
        |(mut record, attempt, fence, claims)| {
            record.progress.attempt = attempt.map(|(number, [open, named, delivered])| Attempt {
                number,
                redrive_id: RedriveId::random(),
                target: named.then(|| topic("orders")),
                delivered: delivered.then_some(Delivered { partition: 2, offset: 77 }),
                open,
            });
            record.progress.fence = fence;
            record.progress.unsettled_claims = claims;
            record.version = fence | 1;
            record
        },
    )
}

proptest! {
    #[test]
    fn every_record_comes_back_in_every_byte(record in worked_on()) {
        let line = to_json(&record);
        prop_assert!(!line.contains('\n'));
        let back = DlqRecord::from_json(&line).unwrap();
        prop_assert_eq!(back.id, record.id);
        prop_assert_eq!(back.version, record.version);
        prop_assert_eq!(&back.captured, &record.captured);
        prop_assert_eq!(&back.progress, &record.progress);
        prop_assert_eq!(to_json(&back), line);
    }

    #[test]
    fn a_line_that_was_cut_is_refused(record in any_record(), share in 0..100usize) {
        let line = to_json(&record);
        let end = line.floor_char_boundary(line.len() * share / 100);
        prop_assert!(DlqRecord::from_json(&line[..end]).is_err());
    }
}

/// What is told when the plain record's JSON is changed so.
fn told(change: impl Fn(&mut Value)) -> String {
    let mut json: Value = serde_json::from_str(&to_json(&Draft::new(7).record())).unwrap();
    change(&mut json);
    DlqRecord::from_json(&json.to_string()).unwrap_err().to_string()
}

#[test]
fn what_is_damaged_is_named() {
    let set = |pointer: &'static str, value: Value| {
        told(|json| *json.pointer_mut(pointer).unwrap() = value.clone())
    };
    for (pointer, value, parts) in [
        ("/id", json!("x"), ["id: ", "\"x\"", "a UUID such as"]),
        ("/id", json!("018bcfe5-69f4-8d8e-819b-14ca98a6b0f6"), ["id: ", "018bcfe5", "allowed: "]),
        ("/status", json!("gone"), ["status: ", "\"gone\"", "pending, retrying"]),
        ("/retry/count", json!(-1), ["retry.count: ", "-1", "u32"]),
        ("/origin/topic", json!("a/b"), ["origin.topic: ", "a/b", "1 to 249"]),
        ("/origin/known_by", json!("faith"), ["origin.known_by: ", "faith", "`headers`"]),
        ("/failure/fingerprint", json!("12"), ["failure.fingerprint: ", "12", "16 hexadecimal digits"]),
        ("/failure/type", json!("bad"), ["failure.type: ", "bad", "transient_network"]),
        ("/payload/base64", json!("%"), ["payload", "%", "base64 is allowed"]),
        ("/payload/base64", json!("AAAA"), ["restore.checksum: ", "is not the checksum", "allowed: "]),
        ("/payload/state", json!("lost"), ["payload", "lost", "`missing`"]),
        ("/headers/0/name", json!(null), ["headers[0]: ", "name_base64", "allowed"]),
        (
            "/restore/captured_failure/class",
            json!([9, 999_999]),
            ["restore.captured_failure.class: ", "allowed", "bytes"],
        ),
    ] {
        let told = set(pointer, value);
        for part in parts {
            assert!(told.contains(part), "{pointer}: {part:?} is missing in {told}");
        }
    }
}

#[test]
fn what_is_missing_is_named() {
    for field in ["id", "status", "payload", "headers", "retry", "restore", "created_at", "dialects"] {
        let told = told(|json| drop(json.as_object_mut().unwrap().remove(field)));
        assert!(told.contains(&format!("`{field}`")), "{field}: {told}");
    }
    let told =
        told(|json| drop(json.pointer_mut("/headers/0").unwrap().as_object_mut().unwrap().remove("base64")));
    assert!(told.contains("headers[0]") && told.contains("base64"), "{told}");
    assert!(DlqRecord::from_json("").is_err());
    assert!(DlqRecord::from_json("[]").is_err());
    let twice = to_json(&Draft::new(1).record()).repeat(2);
    assert!(DlqRecord::from_json(&twice).unwrap_err().to_string().contains("trailing characters"));
}

#[test]
fn null_and_missing_and_empty_stay_apart_and_unknown_fields_are_passed_over() {
    let headers = [("a", None), ("a", Some("")), ("a", Some("1"))];
    let draft = Draft {
        headers: headers.map(|(name, value)| (name.into(), value.map(|v: &str| v.into()))).to_vec(),
        key: DraftBody::Missing,
        payload: DraftBody::Null,
        ..Draft::new(1)
    };
    let record = draft.record();
    let mut json: Value = serde_json::from_str(&to_json(&record)).unwrap();
    assert_eq!((&json["key"]["state"], &json["payload"]["state"]), (&"missing".into(), &"null".into()));
    json["from_a_later_version"] = json!({ "a": 1 });
    let back = DlqRecord::from_json(&json.to_string()).unwrap();
    assert_eq!(back.captured, record.captured);
}
