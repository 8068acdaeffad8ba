//! Dead letters as capture makes them of what Spring Kafka writes: a key, a payload of 512 bytes, eight headers, and what
//! was read from these.

use dlq_core::record::{
    Arenas, Body, Captured, CapturedFailure, CapturedFrom, Content, ContentPacker, ErrorType, Fingerprint,
    Hop, KnownBy, Name, Origin, Progress, Provenance, Shared, SourcePartition, Span,
};
use dlq_core::{DlqRecord, Timestamp, TopicName};

pub(crate) const PAYLOAD: [u8; 512] = [b'x'; 512];
/// When the messages were first sent, in milliseconds since the epoch.
const FIRST_SENT: i64 = 1_700_000_000_000;
/// In bytes, as capture's.
const ARENA_BYTES: usize = 1 << 20;
/// More than any letter has, in bytes.
const LETTER_BYTES: usize = 2048;
const PARTITIONS: i64 = 12;

/// What the letters have in common, and the arena for their bytes.
pub(crate) struct Capture {
    arenas: Arenas,
    source: Shared<SourcePartition>,
    orders: TopicName,
    group: Name,
    begins: Shared<Progress>,
    provenance: Shared<Provenance>,
}

impl Capture {
    pub(crate) fn new() -> Self {
        let (cluster, topic) = ("cluster-of-the-bench".into(), TopicName::new("orders-dlt").unwrap());
        let source = SourcePartition { cluster, topic, partition: 0 };
        Self {
            arenas: Arenas::of(ARENA_BYTES),
            source: source.into(),
            orders: TopicName::new("orders").unwrap(),
            group: "order-service".into(),
            begins: Progress::default().into(),
            provenance: Shared::default(),
        }
    }

    /// The letters of these numbers.
    pub(crate) fn records(&mut self, numbers: std::ops::Range<i64>) -> Vec<DlqRecord> {
        numbers.map(|n| self.record(n)).collect()
    }

    fn record(&mut self, n: i64) -> DlqRecord {
        let timestamp = Timestamp::from_millis(FIRST_SENT + n / 20);
        let content = self.content(n, timestamp);
        let span = |name: &str| content.headers().first(name.as_bytes()).map(|header| header.span);
        let failure = CapturedFailure {
            class: span("kafka_dlt-exception-cause-fqcn"),
            root_class: span("kafka_dlt-exception-cause-fqcn"),
            message: span("kafka_dlt-exception-message").map(|span| Span::new(span.start(), span.len() - 16)),
            error_type: ErrorType::TransientNetwork,
            fingerprint: Fingerprint::from_u64(7),
            ..CapturedFailure::default()
        };
        let origin = self.origin(n, timestamp);
        let captured = Captured {
            from: Some(self.from(n, timestamp)),
            provenance: self.provenance(&origin),
            content: Some(content),
            origin,
            failure,
        };
        if self.begins.created_at != timestamp {
            self.begins = Progress::new(timestamp).into();
        }
        DlqRecord::with_progress(captured, self.begins.clone())
    }

    fn from(&self, n: i64, timestamp: Timestamp) -> CapturedFrom {
        CapturedFrom { source: self.source.clone(), offset: n, timestamp }
    }

    fn origin(&self, n: i64, timestamp: Timestamp) -> Origin {
        Origin {
            topic: Some(self.orders.clone()),
            partition: i32::try_from(n % PARTITIONS).ok(),
            offset: Some(n / PARTITIONS),
            timestamp: Some(timestamp),
            consumer_group: Some(self.group.clone()),
            known_by: Some(KnownBy::Headers),
        }
    }

    fn provenance(&mut self, origin: &Origin) -> Shared<Provenance> {
        let Origin { topic, partition, offset, timestamp, consumer_group, .. } = origin.clone();
        let hop = Hop { topic, partition, offset, timestamp, consumer_group, dialect: "spring-dlt".into() };
        let provenance = Provenance { dialects: vec!["spring-dlt".into()], ..Provenance::default() };
        let provenance = provenance.with_hops(vec![hop], origin);
        if *self.provenance != provenance {
            self.provenance = provenance.into();
        }
        self.provenance.clone()
    }

    fn content(&mut self, n: i64, timestamp: Timestamp) -> Content {
        let mut packer = ContentPacker::new(self.arenas.with_room(LETTER_BYTES));
        for (name, value) in headers(n, timestamp) {
            packer.header(name.as_bytes(), Some(&value)).unwrap();
        }
        packer.finish(Body::Present(&key(n)), Body::Present(&PAYLOAD), b"").unwrap()
    }
}

pub(crate) fn key(n: i64) -> Vec<u8> {
    format!("customer-{:05}", n * 7919 % 20_000).into_bytes()
}

/// The headers of the letter of this number.
pub(crate) fn headers(n: i64, timestamp: Timestamp) -> [(&'static str, Vec<u8>); 8] {
    let said = format!("Listener method threw exception; order {n:08}: Read timed out");
    [
        (
            "kafka_dlt-exception-fqcn",
            b"org.springframework.kafka.listener.ListenerExecutionFailedException".to_vec(),
        ),
        ("kafka_dlt-exception-cause-fqcn", b"java.net.SocketTimeoutException".to_vec()),
        ("kafka_dlt-exception-message", said.into_bytes()),
        ("kafka_dlt-original-topic", b"orders".to_vec()),
        ("kafka_dlt-original-partition", (n % PARTITIONS).to_be_bytes()[4..].to_vec()),
        ("kafka_dlt-original-offset", (n / PARTITIONS).to_be_bytes().to_vec()),
        ("kafka_dlt-original-timestamp", timestamp.as_millis().to_be_bytes().to_vec()),
        ("kafka_dlt-original-consumer-group", b"order-service".to_vec()),
    ]
}
