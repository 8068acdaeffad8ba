//! [`retried`]: what the database gave up for another's sake is done again.

use std::time::{Duration, Instant};

use dlq_core::storage::{StorageError, StorageErrorKind};
use uuid::Uuid;

/// How long transactions that were given up are begun again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest wait before the second try; doubled for each further one.
const WAIT: Duration = Duration::from_millis(20);
/// The longest wait of all.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Does something that is one transaction, and does it again as long as the database gives that transaction up: after a
/// deadlock, say, of which both sides would otherwise hear. Nothing of it was done.
macro_rules! retried {
    ($transaction:expr) => {{
        let mut tries = $crate::operation::retry::Tries::new();
        loop {
            match $transaction.await {
                Err(error) if tries.once_more(&error).await => {}
                answer => break answer,
            }
        }
    }};
}

pub(crate) use retried;

/// The tries of one transaction.
#[derive(Debug)]
pub(crate) struct Tries {
    since: Instant,
    wait: Duration,
}

impl Tries {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), wait: WAIT }
    }

    /// Whether it is tried once more after this error. Waits before that: each side another while, or they would meet
    /// again.
    pub(crate) async fn once_more(&mut self, error: &StorageError) -> bool {
        let given_up = error.is_temporary() && *error.kind() == StorageErrorKind::Transaction;
        if !given_up || self.since.elapsed() > PATIENCE {
            return false;
        }
        tracing::debug!(%error, "a transaction was given up; it is begun again");
        tokio::time::sleep(part_of(self.wait)).await;
        self.wait = (self.wait * 2).min(WAIT_MAX);
        true
    }
}

/// A random part of this while.
fn part_of(whole: Duration) -> Duration {
    let dice = u32::from(Uuid::new_v4().as_bytes()[0]);
    whole * dice / u32::from(u8::MAX)
}
