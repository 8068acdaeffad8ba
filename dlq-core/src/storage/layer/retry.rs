//! [`Retry`]: asks again while that may help.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Call, StorageLayer};
use crate::invalid::{Invalid, ensure};
use crate::policy::{BackoffStrategy, Jitter};
use crate::record::OperationId;
use crate::storage::{Permanence, StorageError, StorageResult};

/// How often a call is made, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryConfig {
    /// How long to wait between two tries. Default: up to 100 ms, then up to twice as long each time, at most 2 s.
    pub backoff: BackoffStrategy,
    /// How often a call is made, the first time among them; 1 or more. Default 10.
    pub tries_max: u32,
    /// How long after the first try another may begin. Default 30 s.
    pub within: Duration,
}

impl Default for RetryConfig {
    fn default() -> Self {
        let (base, max) = (Duration::from_millis(100), Duration::from_secs(2));
        Self {
            backoff: BackoffStrategy::ExponentialWithJitter {
                base,
                multiplier: 2.0,
                max,
                jitter: Jitter::Full,
            },
            tries_max: 10,
            within: Duration::from_secs(30),
        }
    }
}

/// Makes a call again whose error is temporary: with the same arguments, under the same operation, so that what the
/// first try did without our knowing counts once. A record's refusal is an answer, and never asked for again.
///
/// When tries or time are used up, it answers with the last error, which is then
/// [exhausted](Permanence::Exhausted).
///
/// Three calls are made once, for made again they would tell something else than became of them: a claim of given
/// records or of what matches, which does not find what its lost answer leased; the put of a document that expects a
/// version, which meets its own; and the removal of a document.
#[derive(Debug)]
pub struct Retry {
    config: RetryConfig,
    /// What decides about the next call's jitter.
    seed: AtomicU64,
}

impl Retry {
    /// Retries as the configuration says.
    ///
    /// # Errors
    /// The first value that is not allowed.
    pub fn new(config: RetryConfig) -> Result<Self, Invalid> {
        config.backoff.check()?;
        ensure(config.tries_max >= 1, "retry.tries_max", &config.tries_max, "1 or more")?;
        // Processes that lost the same storage must not come again together.
        let (start, _) = OperationId::new().0.as_u64_pair();
        let seed = start ^ u64::from(std::process::id());
        Ok(Self { config, seed: AtomicU64::new(seed) })
    }

    /// How long to wait before the next try, if there is to be one.
    fn next(&self, tries: u32, begun: Instant, seed: u64) -> Option<Duration> {
        let wait = self.config.backoff.wait(tries, seed);
        (tries < self.config.tries_max && begun.elapsed() + wait <= self.config.within).then_some(wait)
    }
}

#[async_trait]
impl StorageLayer for Retry {
    async fn carry<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        call: Call<A, T>,
    ) -> StorageResult<T> {
        if !call.repeatable {
            return call.ask_once().await;
        }
        let (begun, seed) = (Instant::now(), self.seed.fetch_add(1, Ordering::Relaxed));
        let mut tries = 1;
        loop {
            let error = match call.ask().await {
                Err(error) if error.is_temporary() => error,
                answered => return answered,
            };
            let Some(wait) = self.next(tries, begun, seed) else { return Err(exhausted(error, tries)) };
            tracing::debug!(%error, operation = call.operation, tries, "the storage is asked again");
            tokio::time::sleep(wait).await;
            tries += 1;
        }
    }
}

fn exhausted(error: StorageError, tries: u32) -> StorageError {
    error.with_permanence(Permanence::Exhausted).with("tries", tries)
}
