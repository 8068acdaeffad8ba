//! Capture goes on: a source that stopped with an error is started again.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use dlq_core::handler::IntakeConfig;
use dlq_core::storage::Quarantine;
use dlq_core::{DlqEvent, DlqStorage, Observers, SystemClock};
use dlq_kafka::SourceError;
use dlq_kafka::source::KafkaSource;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::kafka;

/// How long to wait before a source is started again, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// How often one looks whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// Captures until told to stop, whatever happens to Kafka or the storage meanwhile.
///
/// # Errors
/// The source did not end well after it was told to: what it had not committed is captured again.
pub async fn capture(
    config: &Config,
    storage: Arc<dyn DlqStorage>,
    quarantine: Option<Arc<dyn Quarantine>>,
    observers: Observers,
    stop: CancellationToken,
) -> Result<(), SourceError> {
    let intake = kafka::intake(config, quarantine);
    let mut wait = AGAIN.0;
    while !stop.is_cancelled() {
        let begun = Instant::now();
        match run(config, &intake, &storage, &observers, &stop).await {
            Ok(()) => return Ok(()),
            Err(error) if stop.is_cancelled() => return Err(error),
            Err(error) => {
                tracing::error!(%error, again_in_s = wait.as_secs(), "capture stopped; it is started again");
                observers.tell(&DlqEvent::SourceStopped { error: &error, again_in: wait });
            }
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(wait) => {}
        }
        wait = if begun.elapsed() > AGAIN.1 { AGAIN.0 } else { (wait * 2).min(AGAIN.1) };
    }
    Ok(())
}

async fn run(
    config: &Config,
    intake: &IntakeConfig,
    storage: &Arc<dyn DlqStorage>,
    observers: &Observers,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let (source, intake) = (kafka::source(config), intake.clone());
    let clock = Arc::new(SystemClock);
    let thread =
        KafkaSource::spawn(source, intake, Arc::clone(storage), clock, observers.clone(), stop.clone())?;
    ended(thread, config.shutdown.grace.0, stop).await
}

/// Waits for the source's end, but not for ever once it was told to stop: a client that cannot reach its brokers may
/// never end.
async fn ended(
    thread: JoinHandle<Result<(), SourceError>>,
    grace: Duration,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let mut deadline = None;
    while !thread.is_finished() {
        if stop.is_cancelled() {
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + grace);
            if Instant::now() > deadline {
                return Err(SourceError::NotEnded { seconds: grace.as_secs() });
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    thread.join().unwrap_or(Err(SourceError::Panicked))
}
