//! [`Letters`]: records as capture makes them, without Kafka.

use anyhow::Context;
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Body, CapturedFrom, Content, Progress, SourcePartition};
use dlq_core::{Clock, DlqRecord, SystemClock, Timestamp, TopicName};
use dlq_kafka::dialect::DialectReader;

use crate::traffic::spring;

/// How many dead-letter topics there are, and how many failures: a page of one of each is some thousandth of all.
pub(super) const TOPICS: u64 = 10;
pub(super) const FAILURES: u64 = 100;
/// Which header tells the class.
const CLASS_HEADER: usize = 1;

/// Makes records, each as capture would.
#[derive(Debug)]
pub(super) struct Letters {
    reader: DialectReader,
    topics: Vec<TopicName>,
}

impl Letters {
    pub(super) fn new() -> anyhow::Result<Self> {
        let topics = (0..TOPICS).map(|n| TopicName::new(topic(n))).collect::<Result<_, _>>();
        Ok(Self { reader: DialectReader::new(ErrorClassifier::builtin()), topics: topics? })
    }

    /// The records from the `from`th on.
    pub(super) fn records(&mut self, from: u64, count: u64) -> anyhow::Result<Vec<DlqRecord>> {
        (from..from + count).map(|n| self.record(n)).collect()
    }

    fn record(&mut self, n: u64) -> anyhow::Result<DlqRecord> {
        let mut letter = spring::letter(n);
        if let Some((_, value)) = letter.headers.get_mut(CLASS_HEADER) {
            *value = Some(class(n % FAILURES).into_bytes());
        }
        let headers = letter.headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref()));
        let body = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(<[u8]>::to_vec);
        let (key, payload) = (body(&letter.key), body(&letter.payload));
        let content = Content::pack(headers, Body::from(key.as_deref()), Body::from(payload.as_deref()))?;
        let captured = self.reader.read(self.place(n)?, content);
        Ok(DlqRecord::with_progress(captured, Progress::new(SystemClock.now())))
    }

    fn place(&self, n: u64) -> anyhow::Result<CapturedFrom> {
        let topic = self.topics.get(usize::try_from(n % TOPICS)?).context("a topic")?.clone();
        let source = SourcePartition { cluster: "bench".into(), topic, partition: i32::try_from(n % 12)? };
        let (offset, timestamp) = (i64::try_from(n)?, Timestamp::from_millis(i64::try_from(n)?));
        Ok(CapturedFrom { source: source.into(), offset, timestamp })
    }
}

/// The `n`th dead-letter topic.
pub(super) fn topic(n: u64) -> String {
    format!("orders-{n}-dlt")
}

/// The class of the `n`th failure.
pub(super) fn class(n: u64) -> String {
    format!("com.acme.orders.Failure{n}")
}
