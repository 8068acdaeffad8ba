//! [`Intake`]: takes whole batches from a source, stores them, and answers with receipts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::refused::QuarantineRule;
use super::source::{Batch, Receipt};
use super::writer::Writer;
use crate::engine::intercept::Interceptors;
use crate::observe::Observers;
use crate::storage::DlqStorage;

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
    /// Who looks on. Default nobody.
    pub interceptors: Interceptors,
}

impl Default for IntakeConfig {
    fn default() -> Self {
        Self {
            writers: 2,
            store_timeout: Duration::from_secs(30),
            retry_min: Duration::from_millis(50),
            retry_max: Duration::from_secs(5),
            quarantine: None,
            interceptors: Interceptors::default(),
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
    writer: Writer,
}

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
        let intake = Arc::new(Self { writer: Writer::new(storage, observers, config) });
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
            let fates = self.writer.write(&saves, since).await;
            drop(permit);
            if receipts.send(Receipt::of(ticket, saves, fates)).await.is_err() {
                return;
            }
        }
    }
}
