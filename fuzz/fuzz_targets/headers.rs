//! No headers and no payload make reading fail, and what is told of a failure is always a piece of the letter.
//!
//! The input is a letter: for each header the length of its name (1 byte), the name, the length of its value
//! (2 bytes, big-endian), the value; what is left over is the payload.
#![no_main]

use dlq_core::Timestamp;
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Body, CapturedFrom, Content, SourcePartition, TopicName};
use dlq_kafka::dialect::DialectReader;
use libfuzzer_sys::fuzz_target;

type Header<'i> = (&'i [u8], Option<&'i [u8]>);

fuzz_target!(|input: &[u8]| {
    let (headers, payload) = letter(input);
    let content = Content::pack(headers, Body::Null, Body::from(payload)).unwrap();
    let from = CapturedFrom {
        source: SourcePartition {
            cluster: "fuzz".into(),
            topic: TopicName::new("error.orders.billing-dlt").unwrap(),
            partition: 0,
        }
        .into(),
        offset: 0,
        timestamp: Timestamp::from_millis(0),
    };
    let mut reader = DialectReader::new(ErrorClassifier::builtin()).guessing_origins([]);
    let captured = reader.read(from, content.clone());
    assert!(!captured.provenance.unreadable);
    let kept = captured.content.unwrap();
    assert!(kept.headers().eq(content.headers()));
    assert_eq!(Content::from_block(kept.block().clone()).unwrap(), kept);
    let failure = captured.failure;
    for span in
        [failure.class, failure.root_class, failure.message, failure.stack_trace].into_iter().flatten()
    {
        assert_eq!(kept.bytes(span).len(), span.len() as usize);
    }
});

fn letter(input: &[u8]) -> (Vec<Header<'_>>, Option<&[u8]>) {
    let (mut headers, mut rest) = (Vec::new(), input);
    while let Some((header, after)) = header(rest) {
        headers.push(header);
        rest = after;
    }
    (headers, (!rest.is_empty()).then_some(rest))
}

fn header(input: &[u8]) -> Option<(Header<'_>, &[u8])> {
    let (&name_len, rest) = input.split_first()?;
    let (name, rest) = rest.split_at_checked(name_len.into())?;
    let (value_len, rest) = rest.split_first_chunk::<2>()?;
    match u16::from_be_bytes(*value_len) {
        u16::MAX => Some(((name, None), rest)),
        len => rest.split_at_checked(len.into()).map(|(value, rest)| ((name, Some(value)), rest)),
    }
}
