//! [`QuarantineReader`]: what is in quarantine, and how it is taken back.

use std::collections::HashMap;
use std::sync::Arc;

use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{Captured, Content, Progress};
use dlq_core::{DlqRecord, RecordId};
use rdkafka::message::{BorrowedMessage, Message};

use super::config::QuarantineConfig;
use super::keep::forget;
use super::letter::{Foreign, QuarantinedEntry, id_of, read};
use crate::dialect::DialectReader;
use crate::error::{QuarantineError, SourceError};
use crate::producer::Producer;
use crate::scan::{Scan, Stretches};
use crate::source::begin;

/// Reads what is in quarantine. Every answer is of the moment at which it was asked for.
///
/// Taking a record back is three steps, each safe to repeat: [`records`](Self::records), `Save::Import` into a storage,
/// and, once that has answered, [`forget`](Self::forget).
pub struct QuarantineReader {
    scan: Arc<Scan>,
    config: QuarantineConfig,
}

impl QuarantineReader {
    /// Reaches the cluster.
    ///
    /// # Errors
    /// The cluster cannot be reached, or there is no such topic.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn open(config: QuarantineConfig) -> Result<Self, QuarantineError> {
        let told = config.clone();
        let connect = move || -> Result<_, QuarantineError> {
            let scan = Scan::connect(&told.brokers, &told.properties, "dlq-quarantine")?;
            if scan.partitions(told.topic.as_str())?.is_empty() {
                return Err(QuarantineError::Missing { topic: told.topic });
            }
            Ok(Arc::new(scan))
        };
        Ok(Self { scan: blocking(connect).await?, config })
    }

    /// What is in quarantine, in the order in which it was kept. Messages that we did not write are passed over, with a
    /// warning each.
    ///
    /// # Errors
    /// Kafka cannot be read.
    pub async fn list(&self) -> Result<Vec<QuarantinedEntry>, QuarantineError> {
        let kept = self.kept(|_| true, |entry, _| Ok(entry)).await?;
        let mut entries: Vec<_> = kept.into_values().collect();
        entries.sort_by_key(|entry| (entry.at, entry.id));
        Ok(entries)
    }

    /// These records, as they were captured, in the order asked; those that are not in quarantine are left out. All of
    /// them are in memory at once.
    ///
    /// # Errors
    /// Kafka cannot be read.
    pub async fn records(&self, ids: &[RecordId]) -> Result<Vec<DlqRecord>, QuarantineError> {
        let asked: std::collections::HashSet<_> = ids.iter().copied().collect();
        let mut reader = DialectReader::new(ErrorClassifier::builtin());
        let restore = move |entry, content| restore(&mut reader, entry, content);
        let mut kept = self.kept(move |id| asked.contains(id), restore).await?;
        Ok(ids.iter().filter_map(|id| kept.remove(id)).collect())
    }

    /// Ends what is kept of these records.
    ///
    /// # Errors
    /// The cluster did not accept it for all of them; it is safe to be asked again.
    pub async fn forget(&self, ids: &[RecordId]) -> Result<(), QuarantineError> {
        let producer = Producer::new(self.config.client(), "dlq-quarantine", self.config.timeout)?;
        forget(&producer, &self.config, ids).await
    }

    /// What the newest message of each wanted id keeps, as far as one keeps anything.
    async fn kept<T: Send + 'static>(
        &self,
        wanted: impl Fn(&RecordId) -> bool + Send + 'static,
        mut make: impl FnMut(QuarantinedEntry, Content) -> Result<T, Foreign> + Send + 'static,
    ) -> Result<HashMap<RecordId, T>, QuarantineError> {
        let (scan, topic) = (Arc::clone(&self.scan), self.config.topic.clone());
        let scan = move || -> Result<_, SourceError> {
            let mut kept = HashMap::new();
            scan.read(topic.as_str(), stretches(&scan, topic.as_str())?, |message| {
                if let Err(why) = note(message, &mut kept, &wanted, &mut make) {
                    let (partition, offset) = (message.partition(), message.offset());
                    tracing::warn!(%topic, partition, offset, %why, "not written by us: passed over");
                }
                Ok(())
            })?;
            Ok(kept)
        };
        blocking(scan).await
    }
}

impl std::fmt::Debug for QuarantineReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QuarantineReader").field("topic", &self.config.topic).finish_non_exhaustive()
    }
}

/// All that stands in a topic now.
fn stretches(scan: &Scan, topic: &str) -> Result<Stretches, SourceError> {
    scan.partitions(topic)?
        .into_iter()
        .map(|partition| Ok((partition, scan.log(topic, partition)?)))
        .collect()
}

/// Notes what a message keeps, or that it ends what an earlier one kept.
fn note<T>(
    message: &BorrowedMessage<'_>,
    kept: &mut HashMap<RecordId, T>,
    wanted: impl Fn(&RecordId) -> bool,
    make: impl FnOnce(QuarantinedEntry, Content) -> Result<T, Foreign>,
) -> Result<(), Foreign> {
    let id = id_of(message)?;
    if message.payload().is_none() {
        kept.remove(&id);
    } else if wanted(&id) {
        let (entry, content) = read(message)?;
        kept.insert(id, make(entry, content)?);
    }
    Ok(())
}

/// The record, read again as it was when it was captured.
fn restore(
    reader: &mut DialectReader,
    entry: QuarantinedEntry,
    content: Content,
) -> Result<DlqRecord, Foreign> {
    let captured = match entry.from {
        Some(from) => reader.read(from, content),
        None => Captured { content: Some(content), ..Captured::default() },
    };
    let record = begin(captured, Progress::new(entry.at).into());
    let submitted = record.captured.from.is_none();
    if !submitted && record.id != entry.id {
        return Err(Foreign::Key);
    }
    Ok(DlqRecord { id: entry.id, ..record })
}

async fn blocking<T: Send + 'static, E: Into<QuarantineError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, QuarantineError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| QuarantineError::Panicked)?.map_err(Into::into)
}
