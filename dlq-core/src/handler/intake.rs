//! [`Intake`]: stores batches until every record of them is stored or refused, and answers with receipts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::refused::{QuarantineRule, Refused};
use super::source::{Batch, Receipt, Refusal};
use crate::observe::{DlqEvent, Observers, Sparingly};
use crate::storage::{DlqStorage, Save, SaveOutcome, StorageError, StorageErrorKind, StorageResult, in_time};

/// How the intake works.
#[derive(Clone, Debug)]
pub struct IntakeConfig {
    /// Batches written side by side; 1 to 64. Default 2.
    pub writers: usize,
    /// How long the storage may take to answer before it is asked again. Default 30 s.
    pub store_timeout: Duration,
    /// The first wait after the storage did not answer; doubled each time. Default 50 ms.
    pub retry_min: Duration,
    /// The longest wait. Default 5 s.
    pub retry_max: Duration,
    /// Who keeps what the storage refuses for good; without one it is handed back. Default none.
    pub quarantine: Option<QuarantineRule>,
}

impl Default for IntakeConfig {
    fn default() -> Self {
        Self {
            writers: 2,
            store_timeout: Duration::from_secs(30),
            retry_min: Duration::from_millis(50),
            retry_max: Duration::from_secs(5),
            quarantine: None,
        }
    }
}

/// Where a source hands its batches over, and where the receipts come back.
#[derive(Debug)]
pub struct IntakeHandle<T> {
    /// Batches in. As many wait as there are writers; closing it lets the intake finish.
    pub batches: mpsc::Sender<Batch<T>>,
    /// Receipts back, in the order in which batches were done, not in that of their coming.
    pub receipts: mpsc::Receiver<Receipt<T>>,
}

/// Stores batches. A batch is written again until the storage answers: its source is answered only when each record is
/// durable, there or in quarantine, or was refused for good. Nothing here drops a record.
#[derive(Debug)]
pub struct Intake {
    storage: Arc<dyn DlqStorage>,
    observers: Observers,
    config: IntakeConfig,
    refused: Refused,
    away: Sparingly,
}

/// How often one is told that the storage is still away.
const STILL_AWAY: Duration = Duration::from_secs(30);

impl Intake {
    /// Starts the writers on the current Tokio runtime. They end once the handle's sender is dropped and all that came
    /// is answered; the returned set ends with them.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn start<T: Send + 'static>(
        storage: Arc<dyn DlqStorage>,
        observers: Observers,
        config: IntakeConfig,
    ) -> (IntakeHandle<T>, JoinSet<()>) {
        let writers = config.writers.clamp(1, 64);
        let (batches, incoming) = mpsc::channel(writers);
        let (outgoing, receipts) = mpsc::channel(2 * writers + 1);
        let refused = Refused::new(config.quarantine.clone(), observers.clone());
        let away = Sparingly::every(STILL_AWAY);
        let intake = Arc::new(Self { storage, observers, config, refused, away });
        let incoming = Arc::new(Mutex::new(incoming));
        let mut tasks = JoinSet::new();
        for _ in 0..writers {
            tasks.spawn(Arc::clone(&intake).write(Arc::clone(&incoming), outgoing.clone()));
        }
        (IntakeHandle { batches, receipts }, tasks)
    }

    async fn write<T: Send>(
        self: Arc<Self>,
        batches: Arc<Mutex<mpsc::Receiver<Batch<T>>>>,
        receipts: mpsc::Sender<Receipt<T>>,
    ) {
        loop {
            let next = batches.lock().await.recv().await;
            let Some(Batch { saves, ticket, permit, since }) = next else { return };
            let refused = self.store_in_parts(saves, since).await;
            let settled = self.refused.settle(refused).await;
            drop(permit);
            let receipt = Receipt { ticket, quarantined: settled.quarantined, refused: settled.held };
            if receipts.send(receipt).await.is_err() {
                return;
            }
        }
    }

    /// Stores a batch in parts that are no larger than the storage takes.
    async fn store_in_parts(&self, mut saves: Vec<Save>, since: Instant) -> Vec<Refusal> {
        let most = self.storage.capability().largest_batch.max(1);
        let mut refused = Vec::new();
        while saves.len() > most {
            let rest = saves.split_off(most);
            refused.extend(self.store(std::mem::replace(&mut saves, rest), since).await);
        }
        refused.extend(self.store(saves, since).await);
        refused
    }

    /// Writes until every record is stored, or refused for good.
    async fn store(&self, mut saves: Vec<Save>, since: Instant) -> Vec<Refusal> {
        let mut refused = Vec::new();
        let mut wait = self.config.retry_min;
        loop {
            let asked = Instant::now();
            let answer = self.storage.save_batch(saves.clone());
            match in_time(self.config.store_timeout, "save_batch", answer).await {
                Ok(fates) if fates.len() != saves.len() => self.unavailable(&short(&saves, &fates), wait),
                Ok(fates) => {
                    self.answers_again();
                    let times = Times { took: asked.elapsed(), latency: since.elapsed() };
                    saves = self.sort_out(saves, fates, times, &mut refused);
                }
                Err(error) => self.unavailable(&error, wait),
            }
            if saves.is_empty() {
                return refused;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(self.config.retry_max);
        }
    }

    /// Tells what was stored, keeps what is refused, and answers what to write again.
    fn sort_out(
        &self,
        saves: Vec<Save>,
        fates: Vec<StorageResult<SaveOutcome>>,
        Times { took, latency }: Times,
        refused: &mut Vec<Refusal>,
    ) -> Vec<Save> {
        let (mut new, mut already_there, mut returned, mut bytes) = (0, 0, 0, 0);
        let mut again = Vec::new();
        for (save, fate) in saves.into_iter().zip(fates) {
            match fate {
                Ok(SaveOutcome::AlreadyThere) => already_there += 1,
                Ok(SaveOutcome::Returned { .. }) => returned += 1,
                Ok(SaveOutcome::Stored { .. }) => {
                    new += 1;
                    bytes += save.record().map_or(0, |record| record.weight() as u64);
                }
                Err(error) if error.is_temporary() => again.push(save),
                Err(error) => refused.push(Refusal { save, error }),
            }
        }
        self.observers.tell(&DlqEvent::Stored { new, already_there, returned, bytes, took, latency });
        again
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

/// How long a batch took.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// The storage's answer.
    took: Duration,
    /// All of it, since its first record was captured.
    latency: Duration,
}

/// A storage that does not answer for each record has not answered at all.
fn short(saves: &[Save], fates: &[StorageResult<SaveOutcome>]) -> StorageError {
    let message = format!("{} answers for {} records", fates.len(), saves.len());
    StorageError::new(StorageErrorKind::Unexpected, "save_batch", message)
}
