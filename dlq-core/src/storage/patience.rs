//! [`until_answered`]: asking again while a storage does not answer.

use std::time::Duration;

use tokio::time::Instant;

use super::StorageResult;

const WAIT_MIN: Duration = Duration::from_millis(50);
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Asks, and asks again while the error is temporary, for so long. What is asked must be safe to repeat, as every call
/// of the contract is; `what` names it in the log.
///
/// # Errors
/// The last try's error.
pub async fn until_answered<T, F>(
    within: Duration,
    what: &str,
    mut ask: impl FnMut() -> F,
) -> StorageResult<T>
where
    F: Future<Output = StorageResult<T>>,
{
    let give_up = Instant::now() + within;
    let mut wait = WAIT_MIN;
    loop {
        match ask().await {
            Err(error) if error.is_temporary() && Instant::now() + wait < give_up => {
                tracing::warn!(%error, what, "the storage did not answer; it is asked again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(WAIT_MAX);
            }
            answered => return answered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{StorageError, StorageErrorKind};

    /// How often a storage is asked that answers with these errors first, and what it answers in the end.
    async fn asked(errors: &[StorageErrorKind]) -> (usize, StorageResult<()>) {
        let mut asked = 0;
        let answer = until_answered(Duration::from_secs(3), "test", || {
            let error = errors.get(asked).cloned();
            asked += 1;
            async move { error.map_or(Ok(()), |kind| Err(StorageError::new(kind, "test", "no"))) }
        });
        let answer = answer.await;
        (asked, answer)
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_asked_again_and_what_stays_is_not() {
        use StorageErrorKind::{Connection, Timeout, Validation};
        assert!(matches!(asked(&[]).await, (1, Ok(()))));
        assert!(matches!(asked(&[Connection, Timeout]).await, (3, Ok(()))));
        assert!(matches!(asked(&[Connection, Validation]).await, (2, Err(_))));
        let (often, answer) = asked(&[const { Connection }; 99]).await;
        assert!((2..20).contains(&often) && answer.is_err(), "{often}");
    }
}
