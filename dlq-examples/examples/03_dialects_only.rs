//! Read what a framework wrote into the headers of a dead letter, without Kafka and without a storage.

use std::error::Error;

use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Body, CapturedFrom, Content, SourcePartition};
use dlq_core::{Timestamp, TopicName};
use dlq_kafka::dialect::DialectReader;

fn main() -> Result<(), Box<dyn Error>> {
    let headers: [(&[u8], Option<&[u8]>); 5] = [
        (b"__connect.errors.topic", Some(b"shipments")),
        (b"__connect.errors.partition", Some(b"2")),
        (b"__connect.errors.offset", Some(b"1024")),
        (b"__connect.errors.exception.class.name", Some(b"org.apache.kafka.connect.errors.DataException")),
        (b"__connect.errors.exception.message", Some(b"Converting byte[] to Kafka Connect data failed")),
    ];
    let content = Content::pack(headers, Body::Present(b"k1"), Body::Present(b"not json"))?;
    let from = CapturedFrom {
        source: SourcePartition {
            cluster: "my-cluster".into(),
            topic: TopicName::new("shipments-dlq")?,
            partition: 0,
        }
        .into(),
        offset: 17,
        timestamp: Timestamp::from_millis(1_700_000_000_000),
    };

    let captured = DialectReader::new(ErrorClassifier::builtin()).read(from, content);
    println!("written by {:?}", captured.provenance.dialects);
    println!("first failed at {:?}", captured.origin);
    println!("as {} ({})", captured.failure.error_type, captured.failure.fingerprint);
    assert_eq!(captured.origin.offset, Some(1024));
    Ok(())
}
