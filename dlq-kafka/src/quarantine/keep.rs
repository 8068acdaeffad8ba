//! [`KafkaQuarantine`]: keeps records in the quarantine topic.

use std::sync::Arc;

use async_trait::async_trait;
use dlq_core::retry::Sent;
use dlq_core::storage::{NotKept, Quarantine, Quarantined};
use dlq_core::{Clock, RecordId};

use super::config::QuarantineConfig;
use super::letter::headers;
use super::topic::ensure;
use crate::error::QuarantineError;
use crate::producer::{Producer, Reports};

/// Keeps what a storage refuses in a topic of our own, by an idempotent producer whose reports decide.
#[derive(Debug)]
pub struct KafkaQuarantine {
    producer: Producer,
    config: QuarantineConfig,
    clock: Arc<dyn Clock>,
}

impl KafkaQuarantine {
    /// Makes sure that the topic is there, keeps for good what it is given, and can be written to: a message without a
    /// value is written to it, under an id that no record has.
    ///
    /// # Errors
    /// The topic is not there and may not be made, would drop what it keeps, or refuses to be written to; or the cluster
    /// is away ([`QuarantineError::is_away`]), and may be asked again.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn open(config: QuarantineConfig, clock: Arc<dyn Clock>) -> Result<Self, QuarantineError> {
        ensure(&config).await?;
        let producer = Producer::new(config.client(), "dlq-quarantine", config.timeout)?;
        forget(&producer, &config, &[RecordId::MIN]).await?;
        Ok(Self { producer, config, clock })
    }
}

#[async_trait]
impl Quarantine for KafkaQuarantine {
    async fn keep(&self, refused: Vec<Quarantined>) -> Vec<Result<(), NotKept>> {
        let (reports, now) = (Reports::of(refused.len()), self.clock.now());
        for (place, kept) in refused.iter().enumerate() {
            let Some(content) = &kept.record.captured.content else {
                reports.note(place, Sent::Refused("its content was not read along".to_owned()));
                continue;
            };
            let key = kept.record.id.to_string();
            let letter = Producer::letter(self.config.topic.as_str(), &reports, place)
                .headers(headers(kept, content, now))
                .key(key.as_bytes())
                // A value of null would end what was kept; what the payload is stands in a header.
                .payload(content.payload().bytes().unwrap_or_default());
            self.producer.send(letter).await;
        }
        let sent = reports.all().await.into_iter().zip(&refused);
        sent.map(|(sent, kept)| accepted(sent).map_err(|reason| not_kept(kept, &reason))).collect()
    }
}

/// Ends what is kept under these ids.
pub(super) async fn forget(
    producer: &Producer,
    config: &QuarantineConfig,
    ids: &[RecordId],
) -> Result<(), QuarantineError> {
    let reports = Reports::of(ids.len());
    for (place, id) in ids.iter().enumerate() {
        let key = id.to_string();
        producer.send(Producer::letter(config.topic.as_str(), &reports, place).key(key.as_bytes())).await;
    }
    let topic = || config.topic.clone();
    for sent in reports.all().await {
        match sent {
            Sent::Delivered(_) => {}
            Sent::Refused(reason) => return Err(QuarantineError::NotWritable { topic: topic(), reason }),
            Sent::Unknown(reason) => return Err(QuarantineError::NoAnswer { topic: topic(), reason }),
        }
    }
    Ok(())
}

fn accepted(sent: Sent) -> Result<(), String> {
    match sent {
        Sent::Delivered(_) => Ok(()),
        Sent::Refused(reason) | Sent::Unknown(reason) => Err(reason),
    }
}

fn not_kept(kept: &Quarantined, reason: &str) -> NotKept {
    NotKept(format!("{} bytes: {reason}", kept.record.weight()))
}
