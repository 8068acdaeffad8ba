//! The books, checked against Kafka: every dead letter below a watermark is looked up.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use dlq_core::record::PartitionId;
use dlq_core::storage::{PageRequest, QueryCriteria, SourcePartition, StorageResult, Watermark};
use dlq_core::{DlqStorage, RecordId, TopicName};
use tokio::runtime::Handle;

use crate::client::ClientProperties;
use crate::error::{SourceError, VerifyError};
use crate::quarantine::QuarantineReader;
use crate::scan::{Scan, Stretches};

/// How many records are looked up at once.
const LOOK_UP: usize = 500;
/// How many missing records are named.
const NAMED: usize = 20;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// Dead letters that still stand in Kafka below the watermarks.
    pub read: u64,
    /// Those of them that the storage has.
    pub found: u64,
    /// Those that it does not have, and quarantine keeps.
    pub quarantined: u64,
    /// Those that neither has; purged ones are among them.
    pub missing: u64,
    /// The first missing ones.
    pub named: Vec<RecordId>,
    /// Dead letters that were captured and that Kafka no longer has.
    pub gone_from_kafka: u64,
    /// Partitions with a watermark whose topic is on another cluster, or is gone.
    pub not_read: u64,
}

/// Reads every partition that has a watermark again, below it, and looks every dead letter up: in the storage and, where
/// there is one, in quarantine.
///
/// # Errors
/// Kafka, the storage or quarantine cannot be read.
///
/// # Panics
/// Outside of a Tokio runtime.
pub async fn verify(
    brokers: String,
    properties: ClientProperties,
    storage: Arc<dyn DlqStorage>,
    quarantine: Option<&QuarantineReader>,
) -> Result<Verification, VerifyError> {
    let watermarks = storage.all_watermarks().await.map_err(SourceError::from)?;
    // After the watermarks, and before the storage is asked: what is taken back meanwhile is in one of the two.
    let quarantined = match quarantine {
        Some(quarantine) => quarantine.list().await?.into_iter().map(|entry| entry.id).collect(),
        None => HashSet::new(),
    };
    let runtime = Handle::current();
    let read = move || {
        let scan = Scan::connect(&brokers, &properties, "dlq-verify")?;
        Verifier::new(storage, quarantined, runtime).run(&scan, watermarks)
    };
    let read = tokio::task::spawn_blocking(read).await;
    Ok(read.unwrap_or(Err(SourceError::Panicked))?)
}

struct Verifier {
    storage: Arc<dyn DlqStorage>,
    /// What quarantine keeps.
    quarantined: HashSet<RecordId>,
    runtime: Handle,
    asked: Vec<RecordId>,
    result: Verification,
}

impl Verifier {
    fn new(storage: Arc<dyn DlqStorage>, quarantined: HashSet<RecordId>, runtime: Handle) -> Self {
        let asked = Vec::with_capacity(LOOK_UP);
        Self { storage, quarantined, runtime, asked, result: Verification::default() }
    }

    fn run(
        mut self,
        scan: &Scan,
        watermarks: Vec<(SourcePartition, Watermark)>,
    ) -> Result<Verification, SourceError> {
        let mut topics: BTreeMap<TopicName, Vec<(PartitionId, Watermark)>> = BTreeMap::new();
        for (partition, watermark) in watermarks {
            if partition.cluster == scan.cluster {
                topics.entry(partition.topic).or_default().push((partition.partition, watermark));
            } else {
                self.result.not_read += 1;
            }
        }
        for (topic, partitions) in topics {
            self.read(scan, &topic, partitions)?;
        }
        self.look_up()?;
        Ok(self.result)
    }

    /// Reads all partitions of a topic side by side, each up to its watermark.
    fn read(
        &mut self,
        scan: &Scan,
        topic: &TopicName,
        partitions: Vec<(PartitionId, Watermark)>,
    ) -> Result<(), SourceError> {
        let (before, mut captured) = (self.result.read, 0);
        let mut stretches = Stretches::new();
        for (partition, watermark) in partitions {
            let Ok((low, _)) = scan.log(topic.as_str(), partition) else {
                self.result.not_read += 1;
                continue;
            };
            captured += watermark.captured;
            stretches.insert(partition, (low, watermark.next));
        }
        scan.read(topic.as_str(), stretches, |message| {
            self.ask(RecordId::captured(&scan.place_of(topic, message)))
        })?;
        self.result.gone_from_kafka += captured.saturating_sub(self.result.read - before);
        Ok(())
    }

    fn ask(&mut self, id: RecordId) -> Result<(), SourceError> {
        self.result.read += 1;
        self.asked.push(id);
        if self.asked.len() >= LOOK_UP { self.look_up() } else { Ok(()) }
    }

    /// Looks the asked ones up, without their content.
    fn look_up(&mut self) -> Result<(), SourceError> {
        let asked = std::mem::take(&mut self.asked);
        let there = self.runtime.block_on(there(&*self.storage, &asked))?;
        let absent = asked.iter().filter(|id| !there.contains(id)).copied();
        let (kept, missing): (Vec<RecordId>, Vec<RecordId>) =
            absent.partition(|id| self.quarantined.contains(id));
        self.result.found += (asked.len() - kept.len() - missing.len()) as u64;
        self.result.quarantined += kept.len() as u64;
        self.result.missing += missing.len() as u64;
        let room = NAMED.saturating_sub(self.result.named.len());
        self.result.named.extend(missing.into_iter().take(room));
        Ok(())
    }
}

/// Which of these records the storage has.
async fn there(storage: &dyn DlqStorage, ids: &[RecordId]) -> StorageResult<HashSet<RecordId>> {
    let criteria = QueryCriteria::builder().ids(ids.iter().copied()).build();
    let mut request = PageRequest { size: LOOK_UP, ..PageRequest::new(criteria) };
    let mut there = HashSet::with_capacity(ids.len());
    loop {
        let page = storage.page(&request).await?;
        there.extend(page.records.iter().map(|record| record.id));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(there),
        }
    }
}
