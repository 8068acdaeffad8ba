//! Golden letters: what each framework writes, byte for byte, and what is to be read from it.
//!
//! Each file of `wire/` is one letter. A value is `text`, `lines` (joined by line feeds), `hex` or `null`. Beside it
//! stand the canonical reading, the claim to be a return, and the names of the headers that stay when it is redriven.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dlq_core::Timestamp;
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{
    Body, Captured, CapturedFrom, Content, Fingerprint, FingerprintInput, Header, SourcePartition, Span,
    TopicName,
};
use dlq_kafka::dialect::{DialectReader, TopicRules, own, strip};
use serde::Deserialize;
use serde_json::{Value, json};

mod letter;
use letter::WireHeader;

#[derive(Deserialize)]
struct Letter {
    about: String,
    topic: String,
    timestamp: i64,
    key: Option<String>,
    payload: Option<String>,
    headers: Vec<WireHeader>,
    /// What the operator knows of the topic.
    #[serde(default)]
    rules: TopicRules,
    /// The topics there are, where the origin may be guessed.
    topics: Option<Vec<TopicName>>,
    reading: Value,
    claim: Value,
    stays_on_redrive: Vec<String>,
    /// Key and payload, where they are not read as they stand.
    bodies: Option<Value>,
}

#[test]
fn every_golden_letter_is_read_as_written_beside_it() {
    let files = letter::files(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire"));
    let mut wrong = Vec::new();
    for path in files {
        let letter: Letter = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let differences = letter.differences();
        wrong.extend(
            differences.map(|difference| format!("{}: {}: {difference}", path.display(), letter.about)),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Letter {
    /// Each part that is not read as it should be, with what was read and what was expected.
    fn differences(&self) -> impl Iterator<Item = String> + use<> {
        let content = self.content();
        let captured = self.reader().read(self.from(), content.clone());
        let claim = own::claim(&content).map(|claim| json!([claim.record, claim.redrive_id]));
        let stays = content.headers().filter(|header| !strip(&captured.provenance.dialects, header.name));
        let stays: Vec<_> = stays.map(|header| header.name_text().into_owned()).collect();
        let (read, expected) = (reading(&captured), self.expected());
        let part = |name: &'static str| (name, read[name].clone(), expected[name].clone());
        let parts = ["dialects", "origin", "hops", "failure", "warnings", "unreadable"].map(part);
        let others = [
            ("claim", claim.unwrap_or_default(), self.claim.clone()),
            ("stays_on_redrive", json!(stays), json!(self.stays_on_redrive)),
            ("content", self.kept(&captured, &content), self.bodies.clone().unwrap_or(json!(true))),
        ];
        let differing = parts.into_iter().chain(others).filter(|(_, read, expected)| read != expected);
        differing.map(|(part, read, expected)| format!("{part} is {read}, expected {expected}"))
    }

    fn reader(&self) -> DialectReader {
        let reader = DialectReader::new(ErrorClassifier::builtin()).with_rules(self.rules.clone());
        match &self.topics {
            Some(topics) => reader.guessing_origins(topics.clone()),
            None => reader,
        }
    }

    /// Whether the content was kept as it was; its bodies, where others are expected.
    fn kept(&self, captured: &Captured, content: &Content) -> Value {
        let kept = captured.content.as_ref().unwrap();
        if self.bodies.is_none() {
            return json!(kept == content);
        }
        assert!(kept.headers().eq(content.headers()), "{}: the headers are another's", self.about);
        let body = |body: Body<'_>| match body {
            Body::Present(bytes) => json!(String::from_utf8_lossy(bytes)),
            Body::Null => Value::Null,
            Body::Missing => json!({ "missing": true }),
        };
        json!({ "key": body(kept.key()), "payload": body(kept.payload()) })
    }

    fn from(&self) -> CapturedFrom {
        CapturedFrom {
            source: SourcePartition {
                cluster: "test".into(),
                topic: TopicName::new(&*self.topic).unwrap(),
                partition: 0,
            }
            .into(),
            offset: 17,
            timestamp: Timestamp::from_millis(self.timestamp),
        }
    }

    fn content(&self) -> Content {
        let values: Vec<_> = self.headers.iter().map(WireHeader::value).collect();
        let headers = self
            .headers
            .iter()
            .zip(&values)
            .map(|(header, value)| (header.name.as_bytes(), value.as_deref()));
        let body = |text: &'_ Option<String>| text.clone().map(String::into_bytes);
        let (key, payload) = (body(&self.key), body(&self.payload));
        Content::pack(headers, Body::from(key.as_deref()), Body::from(payload.as_deref())).unwrap()
    }

    /// The reading written in the file, with `grouped_by` turned into the fingerprint that it stands for.
    fn expected(&self) -> Value {
        let mut reading = self.reading.clone();
        let failure = reading["failure"].as_object_mut().unwrap();
        let by = failure.remove("grouped_by").unwrap();
        let fingerprint = Fingerprint::of(&FingerprintInput {
            topic: self.reading["origin"]["topic"].as_str().unwrap_or(&self.topic),
            root_class: by["root_class"].as_str(),
            frame: by["frame"].as_str(),
            message: by["message"].as_str(),
            stage: failure["stage"].as_str(),
        });
        failure.insert("fingerprint".to_owned(), json!(fingerprint));
        reading
    }
}

fn reading(captured: &Captured) -> Value {
    let Captured { origin, provenance, failure, content, .. } = captured;
    let content = content.as_ref().unwrap();
    let text = |span: Option<Span>| span.map(|span| content.text(span));
    let named = |span: Span| content.headers().find(|header| header.span == span);
    json!({
        "dialects": provenance.dialects,
        "origin": {
            "topic": origin.topic, "partition": origin.partition, "offset": origin.offset,
            "timestamp": origin.timestamp, "consumer_group": origin.consumer_group.as_deref(),
            "known_by": origin.known_by,
        },
        "hops": captured.hops().collect::<Vec<_>>(),
        "failure": {
            "class": text(failure.class), "root_class": text(failure.root_class), "message": text(failure.message),
            "stack_trace": failure.stack_trace.and_then(named).map(|header: Header<'_>| header.name_text()),
            "stage": text(failure.context().stage), "component": text(failure.context().component),
            "attempts": failure.context().attempts, "type": failure.error_type, "fingerprint": failure.fingerprint,
        },
        "warnings": provenance.warnings,
        "unreadable": provenance.unreadable,
    })
}
