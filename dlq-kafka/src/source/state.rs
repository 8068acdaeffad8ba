//! What the consumer's loop and the callbacks share: partitions, receipts, and what the storage refuses.

use std::collections::{BTreeSet, HashMap};

use dlq_core::TopicName;
use dlq_core::engine::batch::{BatchSizing, Sizer};
use dlq_core::handler::{Receipt, Refusal};
use dlq_core::storage::{Save, Watermark};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::checkpoint::Answers;
use super::partitions::{Key, Partitions, Share};
use crate::error::SourceError;
use crate::topic_ids::TopicId;

/// What changes. Only the consumer's thread locks it, so no one ever waits.
#[derive(Debug)]
pub(super) struct State {
    pub(super) partitions: Partitions,
    pub(super) receipts: mpsc::Receiver<Receipt<Vec<Share>>>,
    /// What the storage refuses, with the share that waits for it.
    pub(super) held: Vec<(Share, Vec<Save>)>,
    /// The shares that wait for what the storage refuses, also while it is offered again.
    pub(super) holding: Vec<Share>,
    /// The checkpoint on its way.
    pub(super) checkpoint: Option<JoinHandle<Answers>>,
    /// These partitions were given back since the consumer's loop last looked.
    pub(super) given_back: Vec<Key>,
    /// Capture of these partitions goes on elsewhere in their log.
    pub(super) rewinds: Vec<(Key, Watermark)>,
    /// A first message is still to be compared with the last one captured.
    pub(super) expects_any: bool,
    /// The storage is slow: everything is to be paused.
    pub(super) paused: bool,
    /// Which partitions the client was told to pause.
    pub(super) silenced: BTreeSet<Key>,
    /// The source has stored and committed what it could: nothing is waited for again.
    pub(super) ended: bool,
    /// The ids of the topics whose partitions were assigned, as far as the cluster gives them.
    pub(super) topic_ids: HashMap<TopicName, TopicId>,
    /// How large the next batch may be, by how long the storage took for the last ones.
    pub(super) sizer: Sizer,
    /// The consumer cannot go on.
    pub(super) fatal: Option<SourceError>,
}

impl State {
    pub(super) fn new(receipts: mpsc::Receiver<Receipt<Vec<Share>>>, batch_size: BatchSizing) -> Self {
        Self {
            partitions: Partitions::default(),
            receipts,
            held: Vec::new(),
            holding: Vec::new(),
            checkpoint: None,
            given_back: Vec::new(),
            rewinds: Vec::new(),
            expects_any: false,
            paused: false,
            silenced: BTreeSet::new(),
            ended: false,
            topic_ids: HashMap::new(),
            sizer: Sizer::new(batch_size),
            fatal: None,
        }
    }

    /// Marks as stored what a receipt tells, counts what quarantine keeps, and holds what nobody does.
    pub(super) fn settle(&mut self, receipt: Receipt<Vec<Share>>) {
        self.sizer.observe(receipt.records, receipt.took);
        let mut refused = receipt.refused;
        for share in receipt.ticket {
            if !self.partitions.is_current(&share) {
                continue;
            }
            let is_of_share = |save: &&Save| key_of(save).as_ref() == Some(&share.key);
            let quarantined = receipt.quarantined.iter().filter(is_of_share).count() as u64;
            self.partitions.quarantined(&share, quarantined);
            let of_share = |refusal: &mut Refusal| key_of(&refusal.save).as_ref() == Some(&share.key);
            let saves: Vec<_> = refused.extract_if(.., of_share).map(|refusal| refusal.save).collect();
            self.holding.retain(|held| *held != share);
            if saves.is_empty() {
                self.partitions.stored(&share);
            } else {
                self.holding.push(share.clone());
                self.held.push((share, saves));
            }
        }
    }

    /// Whether something of these partitions is on its way to the storage. What the storage refuses is not: nobody need
    /// wait for it.
    pub(super) fn is_on_its_way(&self, keys: &[Key]) -> bool {
        let held = self.held.iter().filter(|(share, _)| keys.contains(&share.key)).count();
        self.partitions.unsettled(keys) > held
    }

    /// Which of the assigned partitions are to be read no further: all of them, or those from which the storage refuses
    /// records.
    pub(super) fn unwanted(&self) -> BTreeSet<Key> {
        let held = || self.holding.iter().map(|share| share.key.clone()).collect();
        if self.paused { self.partitions.keys().cloned().collect() } else { held() }
    }

    /// Forgets a partition with all that was held of it.
    pub(super) fn let_go(&mut self, key: &Key) {
        self.partitions.revoke(key);
        self.held.retain(|(share, _)| share.key != *key);
        self.holding.retain(|share| share.key != *key);
        self.rewinds.retain(|(rewound, _)| rewound != key);
    }
}

/// The partition from which a record was captured.
fn key_of(save: &Save) -> Option<Key> {
    let from = save.record()?.captured.from.as_ref()?;
    Some((from.source.topic.clone(), from.source.partition))
}
