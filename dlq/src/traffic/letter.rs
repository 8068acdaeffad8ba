//! [`Letter`]: a message, byte for byte.

use std::convert::Infallible;

use dlq_kafka::raw_headers;
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, OwnedHeaders};
use rdkafka::producer::BaseRecord;

/// A message, byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The payload; none is a tombstone.
    pub payload: Option<Vec<u8>>,
    /// The headers in order, names as bytes; a value of none is null.
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// The timestamp in milliseconds since the epoch; none is the time of sending.
    pub timestamp: Option<i64>,
}

/// Where a message stood when its consumer failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// The timestamp in milliseconds since the epoch; −1 where there is none.
    pub timestamp: i64,
}

impl Letter {
    /// A message without headers.
    #[must_use]
    pub fn new(key: impl Into<Vec<u8>>, payload: impl Into<Vec<u8>>) -> Self {
        Self { key: Some(key.into()), payload: Some(payload.into()), ..Self::default() }
    }

    /// Adds a header after those that are there.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), Some(value.as_ref().to_vec())));
        self
    }

    /// The value of the first header of this name that is not null.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let found = self.headers.iter().find(|(other, _)| other == name.as_bytes());
        found.and_then(|(_, value)| value.as_deref())
    }

    /// Its bytes: key, payload, and headers with their names.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let size = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        let headers = self.headers.iter().map(|(name, value)| name.len() + size(value));
        size(&self.key) + size(&self.payload) + headers.sum::<usize>()
    }

    /// A message that was received, and where it stood.
    #[must_use]
    pub fn received(message: &BorrowedMessage<'_>) -> (Self, Place) {
        let mut headers = Vec::new();
        let read = raw_headers::read(message, |name, value| {
            headers.push((name.to_vec(), value.map(<[u8]>::to_vec)));
            Ok::<_, Infallible>(())
        });
        let Ok(()) = read;
        let timestamp = message.timestamp().to_millis();
        let place = Place {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: timestamp.unwrap_or(-1),
        };
        let (key, payload) = (message.key().map(<[u8]>::to_vec), message.payload().map(<[u8]>::to_vec));
        (Self { key, payload, headers, timestamp: None }, place)
    }

    /// The message as a producer takes it.
    #[must_use]
    pub fn to<'a>(&'a self, topic: &'a str) -> BaseRecord<'a, [u8], [u8]> {
        let mut headers = OwnedHeaders::new_with_capacity(self.headers.len());
        for (name, value) in &self.headers {
            raw_headers::add(&mut headers, name, value.as_deref());
        }
        let mut record = BaseRecord::to(topic).headers(headers);
        (record.key, record.payload) = (self.key.as_deref(), self.payload.as_deref());
        record.timestamp = self.timestamp;
        record
    }
}
