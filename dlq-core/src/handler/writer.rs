//! [`Writer`]: writes a batch until the storage has answered for each of its records.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::fate::Fate;
use super::intake::IntakeConfig;
use super::refused::Refused;
use crate::engine::intercept::{BatchInfo, BatchOutcome, OutcomeCounts};
use crate::observe::{DlqEvent, Observers, Sparingly};
use crate::record::DlqRecord;
use crate::storage::{DlqStorage, Save, SaveOutcome, StorageError, StorageErrorKind, StorageResult, in_time};

/// How often one is told that the storage is still away.
const STILL_AWAY: Duration = Duration::from_secs(30);

/// Writes batches, again and again until each record is durable, there or in quarantine, or refused for good. Nothing
/// here drops a record.
#[derive(Debug)]
pub(super) struct Writer {
    storage: Arc<dyn DlqStorage>,
    observers: Observers,
    config: IntakeConfig,
    refused: Refused,
    away: Sparingly,
    /// How many batches there were, for those who look on.
    batches: AtomicU64,
}

impl Writer {
    pub(super) fn new(storage: Arc<dyn DlqStorage>, observers: Observers, config: IntakeConfig) -> Self {
        let refused = Refused::new(config.quarantine.clone(), observers.clone());
        Self {
            storage,
            observers,
            config,
            refused,
            away: Sparingly::every(STILL_AWAY),
            batches: AtomicU64::new(0),
        }
    }

    /// Writes a batch whose first record came at `since`, in parts that are no larger than the storage takes; answers
    /// what became of each record, in order.
    pub(super) async fn write<S: AsRef<Save> + Sync>(&self, saves: &[S], since: Instant) -> Vec<Fate> {
        let shown = self.show_before(saves);
        let most = self.storage.capability().largest_batch.max(1);
        let mut fates = Vec::with_capacity(saves.len());
        for part in saves.chunks(most) {
            fates.extend(self.store(part, since).await);
        }
        self.refused.settle(saves, &mut fates).await;
        if let Some((batch, begun)) = shown {
            self.show_after(saves, &fates, batch, begun);
        }
        fates
    }

    /// Shows a batch to the interceptors, and of its records those that were captured: the others were shown when they
    /// were submitted.
    fn show_before<S: AsRef<Save>>(&self, saves: &[S]) -> Option<(BatchInfo, Instant)> {
        let interceptors = &self.config.interceptors;
        if interceptors.is_empty() {
            return None;
        }
        let records = || saves.iter().filter_map(|save| save.as_ref().record());
        let bytes = records().map(DlqRecord::weight).sum();
        let number = self.batches.fetch_add(1, Ordering::Relaxed) + 1;
        let batch = BatchInfo { number, records: saves.len(), bytes };
        interceptors.before_batch(&batch);
        for record in records().filter(|record| record.captured.from.is_some()) {
            interceptors.before_captured(record);
        }
        Some((batch, Instant::now()))
    }

    fn show_after<S: AsRef<Save>>(&self, saves: &[S], fates: &[Fate], batch: BatchInfo, begun: Instant) {
        let interceptors = &self.config.interceptors;
        let mut outcomes = OutcomeCounts::default();
        for (save, fate) in saves.iter().zip(fates) {
            fate.tell(|outcome| {
                outcomes.count(outcome.kind());
                if let Some(record) = save.as_ref().record() {
                    interceptors.after_record(record, outcome);
                }
            });
        }
        interceptors.after_batch(&BatchOutcome { batch, outcomes, took: begun.elapsed() });
    }

    /// Writes until every record is stored, or refused for good.
    async fn store<S: AsRef<Save> + Sync>(&self, saves: &[S], since: Instant) -> Vec<Fate> {
        let mut open = Open::all(saves);
        let mut wait = self.config.retry_min;
        loop {
            let asked = Instant::now();
            let answer = self.storage.save_batch(open.saves());
            match in_time(self.config.store_timeout, "save_batch", answer).await {
                Ok(answers) if answers.len() != open.len() => self.unavailable(&open.short(&answers), wait),
                Ok(answers) => {
                    let asked_for = open.len();
                    let (stored, later) = open.settle(answers);
                    if open.len() < asked_for {
                        self.observers.tell(&stored.event(asked.elapsed(), since.elapsed()));
                    }
                    match later {
                        Some(error) => self.unavailable(&error, wait),
                        None => self.answers_again(),
                    }
                }
                Err(error) => self.unavailable(&error, wait),
            }
            if open.len() == 0 {
                return open.fates.into_iter().flatten().collect();
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(self.config.retry_max);
        }
    }

    fn unavailable(&self, error: &StorageError, retry_in: Duration) {
        if self.away.is_due(Instant::now()) {
            tracing::error!(
                %error, retry_in_ms = retry_in.as_millis(),
                "the storage does not take what is captured: it is written again until it does, and nothing is committed \
                 or lost meanwhile; is the storage up, reachable from here, and writable?"
            );
        }
        self.observers.tell(&DlqEvent::StoreUnavailable { error, retry_in });
    }

    fn answers_again(&self) {
        if self.away.end() {
            tracing::info!("the storage answers again");
        }
    }
}

/// A batch on its way: what became of each record, and which are still to be asked for.
struct Open<'a, S> {
    saves: &'a [S],
    fates: Vec<Option<Fate>>,
    left: usize,
}

impl<'a, S: AsRef<Save>> Open<'a, S> {
    fn all(saves: &'a [S]) -> Self {
        Self { saves, fates: saves.iter().map(|_| None).collect(), left: saves.len() }
    }

    fn len(&self) -> usize {
        self.left
    }

    fn saves(&self) -> Vec<Save> {
        let open = self.saves.iter().zip(&self.fates).filter(|(_, fate)| fate.is_none());
        let mut saves = Vec::with_capacity(self.left);
        saves.extend(open.map(|(save, _)| save.as_ref().clone()));
        saves
    }

    /// Notes the answers for what was open; what may still succeed stays so, and one of the reasons is answered.
    fn settle(&mut self, answers: Vec<StorageResult<SaveOutcome>>) -> (Stored, Option<StorageError>) {
        let (mut stored, mut later) = (Stored::default(), None);
        let open = self.saves.iter().zip(&mut self.fates).filter(|(_, fate)| fate.is_none());
        for ((save, fate), answer) in open.zip(answers) {
            match answer {
                Err(error) if error.is_temporary() => later = Some(error),
                answer => {
                    stored.count(save.as_ref(), &answer);
                    *fate = Some(Fate::from(answer));
                    self.left -= 1;
                }
            }
        }
        (stored, later)
    }

    /// A storage that does not answer for each record has not answered at all.
    fn short(&self, answers: &[StorageResult<SaveOutcome>]) -> StorageError {
        let message = format!("{} answers for {} records", answers.len(), self.left);
        StorageError::new(StorageErrorKind::Unexpected, "save_batch", message)
    }
}

/// What one answer of the storage stored.
#[derive(Default)]
struct Stored {
    new: u64,
    already_there: u64,
    returned: u64,
    bytes: u64,
}

impl Stored {
    fn count(&mut self, save: &Save, answer: &StorageResult<SaveOutcome>) {
        match answer {
            Ok(SaveOutcome::Stored { .. }) => {
                self.new += 1;
                self.bytes += save.record().map_or(0, |record| record.weight() as u64);
            }
            Ok(SaveOutcome::AlreadyThere) => self.already_there += 1,
            Ok(SaveOutcome::Returned { .. }) => self.returned += 1,
            Err(_) => {}
        }
    }

    fn event(&self, took: Duration, latency: Duration) -> DlqEvent<'static> {
        let &Self { new, already_there, returned, bytes } = self;
        DlqEvent::Stored { new, already_there, returned, bytes, took, latency }
    }
}
