//! Quarantine is made sure of before capture begins.

use std::sync::Arc;
use std::time::Duration;

use dlq_core::SystemClock;
use dlq_core::storage::Quarantine;
use dlq_kafka::QuarantineError;
use dlq_kafka::quarantine::KafkaQuarantine;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Mistake, Mistakes};
use crate::kafka;

/// How long to wait before a cluster that is away is asked again.
const AGAIN: Duration = Duration::from_secs(5);

/// Opens quarantine, where there is to be one. A cluster that is away is waited for; `None` where one is told to stop
/// meanwhile.
///
/// # Errors
/// The topic cannot be what it has to be.
pub async fn open_quarantine(
    config: &Config,
    stop: &CancellationToken,
) -> Result<Option<Arc<dyn Quarantine>>, Mistakes> {
    if !config.quarantine.enabled {
        return Ok(None);
    }
    let quarantine = kafka::quarantine(config).map_err(|error| mistake(&error))?;
    while !stop.is_cancelled() {
        let open = KafkaQuarantine::open(quarantine.clone(), Arc::new(SystemClock));
        let opened = tokio::select! {
            () = stop.cancelled() => return Ok(None),
            opened = open => opened,
        };
        match opened {
            Ok(opened) => return Ok(Some(Arc::new(opened))),
            Err(error) if error.is_away() => say_that_it_waits(&error),
            Err(error) => return Err(mistake(&error)),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
    Ok(None)
}

fn say_that_it_waits(error: &QuarantineError) {
    tracing::error!(
        %error, again_in_s = AGAIN.as_secs(),
        "Kafka does not answer: capture begins when it does; are kafka.brokers up, and reachable from here?"
    );
}

fn mistake(error: &dyn std::fmt::Display) -> Mistakes {
    let problem = format!("{error}; quarantine.topic names another, quarantine.enabled = false does without");
    Mistake::about("quarantine.topic", problem).into()
}
