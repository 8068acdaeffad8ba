use dlq_core::record::{Body, Content};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn read(payload: &[u8]) -> (Content, Option<Stop>, Vec<String>) {
    let content = Content::pack([], Body::Null, Body::Present(payload)).unwrap();
    let mut warnings = Warnings::default();
    let stop = super::read(&content, &mut Names::default(), &mut warnings);
    (content, stop, warnings.into_texts())
}

#[test]
fn only_what_begins_like_an_envelope_and_is_not_large_is_parsed() {
    assert!(may_be_envelope(b" \n{\"originalTopic\":\"orders\"}") && may_be_envelope(b"{\"specversion\""));
    let no_object = b"[{\"originalTopic\":\"orders\"}]";
    assert!(!may_be_envelope(b"") && !may_be_envelope(b"{\"id\":1}") && !may_be_envelope(no_object));
    let padded = |len: usize| [b"{\"originalTopic\":1".as_slice(), &vec![b' '; len]].concat();
    assert!(may_be_envelope(&padded(1000)) && !may_be_envelope(&padded(PAYLOAD_BYTES_MAX)));
}

#[test]
fn an_abyss_of_brackets_is_no_reason_to_fail() {
    for inner in ["[".repeat(500_000), "{\"a\":".repeat(100_000)] {
        let whole =
            [br#"{"originalTopic":"orders","errorMessage":"x","originalValue":"#, inner.as_bytes()].concat();
        assert!(read(&whole).1.is_none());
    }
    let closed = format!(
        r#"{{"originalTopic":"orders","originalValue":{}{}}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    assert_eq!(read(closed.as_bytes()).1.unwrap().hop.unwrap().topic.unwrap().as_str(), "orders");
}

#[test]
fn a_message_is_the_text_between_its_quotes_as_written() {
    let (content, stop, warnings) = read(br#"{"originalTopic":"orders","errorMessage":"a\n\"b\" \u00e4"}"#);
    let message = content.text(stop.unwrap().failure.message.unwrap()).into_owned();
    assert_eq!(message, r#"a\n\"b\" \u00e4"#);
    assert_eq!(warnings, ["the payload is an envelope around the message: a redrive sends it as it is"]);
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "\"[ -~äß]{0,12}\"",
        "-?[0-9]{1,25}",
        prop::sample::select(vec!["null", "true", "\"\"", "\"", "{}", "[1", "{\"originalTopic\":\"t\"}"])
            .prop_map(str::to_owned),
    ]
}

fn any_member() -> impl Strategy<Value = String> {
    let names = [
        "originalTopic",
        "original_topic",
        "originalPartition",
        "originalOffset",
        "originalValue",
        "errorMessage",
        "specversion",
        "id",
        "source",
        "type",
        "metadata",
        "x",
    ];
    (prop::sample::select(names.to_vec()), any_value())
        .prop_map(|(name, value)| format!("\"{name}\":{value}"))
}

proptest! {
    #[test]
    fn no_payload_makes_reading_fail_and_every_text_stands_in_it(members in vec(any_member(), 0..8), cut in 0..200_usize) {
        let json = format!("{{{}}}", members.join(","));
        let whole = json.as_bytes();
        for payload in [whole, whole.get(..cut).unwrap_or(whole)] {
            let (content, stop, warnings) = read(payload);
            let failure = stop.as_ref().map_or_else(Told::default, |stop| stop.failure);
            for span in [failure.message, failure.stage, failure.component].into_iter().flatten() {
                let text = content.text(span).into_owned();
                prop_assert!(json.contains(&format!("\"{text}\"")), "{text} is not in {json}");
            }
            prop_assert!(stop.is_some() || warnings.is_empty());
        }
    }
}
