//! Letters that the frameworks themselves wrote, recorded by `dev/record`: what is read from each is what its program
//! knows to be true.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dlq_core::Timestamp;
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::trace::{FrameworkPrefixes, StackTrace};
use dlq_core::record::{Body, Captured, CapturedFrom, Content, SourcePartition, Span, TopicName};
use dlq_kafka::dialect::DialectReader;
use serde::Deserialize;
use serde_json::{Value, json};

mod letter;
use letter::{WireHeader, WireValue};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Letter {
    about: String,
    topic: String,
    partition: i32,
    offset: i64,
    timestamp: i64,
    key: WireValue,
    payload: WireValue,
    headers: Vec<WireHeader>,
    expect: Truth,
}

/// What is true of a letter, as far as any of its headers tells.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Truth {
    dialects: Vec<String>,
    hops: Vec<Value>,
    failure: Value,
    warnings: Value,
    /// It only points at its source: null does not mean that key and value were.
    #[serde(default)]
    missing: bool,
}

#[test]
fn what_is_read_of_every_recorded_letter_is_true() {
    let mut reader = DialectReader::new(ErrorClassifier::builtin());
    let mut wrong = Vec::new();
    for path in letter::files(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/recorded")) {
        let letter: Letter = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let differences = letter.differences(&mut reader);
        wrong.extend(differences.into_iter().map(|told| format!("{name} ({}): {told}", letter.about)));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

impl Letter {
    /// Each part that is not read as it is, with what was read and what is true.
    fn differences(&self, reader: &mut DialectReader) -> Vec<String> {
        let captured = reader.read(self.from(), self.content(Body::Null));
        let without = if self.expect.missing { Body::Missing } else { Body::Null };
        let read = reading(&captured, &self.content(without));
        let truth = self.truth();
        let differing = truth.iter().filter(|(part, truth)| read[*part] != *truth);
        differing.map(|(part, truth)| format!("{part} is read as {}, true is {truth}", read[*part])).collect()
    }

    fn truth(&self) -> Vec<(&'static str, Value)> {
        let Truth { dialects, hops, failure, warnings, .. } = &self.expect;
        let mut truth = vec![("dialects", json!(dialects))];
        let parts = ["class", "root_class", "message", "frame", "stage", "component", "attempts"];
        truth.extend(parts.map(|part| (part, failure[part].clone())));
        let within = |hop: &Value| hop["topic"].as_str().is_some_and(|topic| topic.ends_with("-repartition"));
        let first = hops.first().filter(|hop| !within(hop));
        let mut origin = first.cloned().unwrap_or_else(no_hop);
        let origin_fields = origin.as_object_mut().unwrap();
        origin_fields.remove("dialect");
        origin_fields.insert("known_by".to_owned(), json!(first.map(|_| "headers")));
        truth.extend([("origin", origin), ("hops", json!(hops)), ("warnings", warnings.clone())]);
        truth.extend([("unreadable", json!(false)), ("kept", json!(true))]);
        truth
    }

    fn from(&self) -> CapturedFrom {
        CapturedFrom {
            source: SourcePartition {
                cluster: "test".into(),
                topic: TopicName::new(&*self.topic).unwrap(),
                partition: self.partition,
            }
            .into(),
            offset: self.offset,
            timestamp: Timestamp::from_millis(self.timestamp),
        }
    }

    /// The message, with `without` in place of null.
    fn content(&self, without: Body<'_>) -> Content {
        let values: Vec<_> = self.headers.iter().map(WireHeader::value).collect();
        let headers = self.headers.iter().zip(&values);
        let headers = headers.map(|(header, value)| (header.name.as_bytes(), value.as_deref()));
        let (key, payload) = (self.key.bytes(), self.payload.bytes());
        let [key, payload] = [&key, &payload].map(|body| body.as_deref().map_or(without, Body::Present));
        Content::pack(headers, key, payload).unwrap()
    }
}

fn no_hop() -> Value {
    json!({ "topic": null, "partition": null, "offset": null, "timestamp": null, "consumer_group": null })
}

fn reading(captured: &Captured, content: &Content) -> Value {
    let Captured { origin, provenance, failure, .. } = captured;
    let text = |span: Option<Span>| span.map(|span| content.text(span));
    let trace = text(failure.stack_trace).unwrap_or_default();
    let trace = StackTrace::parse(&trace);
    let frame = trace.application_frame(&FrameworkPrefixes::default());
    json!({
        "dialects": provenance.dialects,
        "origin": {
            "topic": origin.topic, "partition": origin.partition, "offset": origin.offset,
            "timestamp": origin.timestamp, "consumer_group": origin.consumer_group.as_deref(), "known_by": origin.known_by,
        },
        "hops": captured.hops().collect::<Vec<_>>(),
        "class": text(failure.class), "root_class": text(failure.root_class), "message": text(failure.message),
        "frame": frame.map(|frame| frame.stable_name().into_owned()),
        "stage": text(failure.context().stage), "component": text(failure.context().component), "attempts": failure.context().attempts,
        "warnings": provenance.warnings,
        "unreadable": provenance.unreadable,
        "kept": captured.content.as_ref() == Some(content),
    })
}
