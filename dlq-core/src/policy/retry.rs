//! [`RetryPolicy`]: whether a record is tried again, and when.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{BackoffStrategy, ErrorTypes, RetryPolicyBuilder};
use crate::clock::Timestamp;
use crate::record::{DlqStatus, FailureSummary, RecordId};

/// Whether a record is tried again after a failed attempt, when, and what becomes of it where it is not.
///
/// Presets: [`NO_RETRY`](Self::NO_RETRY), [`DEFAULT`](Self::DEFAULT), [`AGGRESSIVE`](Self::AGGRESSIVE),
/// [`CONSERVATIVE`](Self::CONSERVATIVE), [`LONG_TERM`](Self::LONG_TERM), and
/// [`for_error_type`](Self::for_error_type).
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    pub(super) max_retries: u32,
    pub(super) backoff: BackoffStrategy,
    pub(super) attempt_timeout: Duration,
    pub(super) max_duration: Option<Duration>,
    pub(super) retryable: ErrorTypes,
    pub(super) predicate: Option<RetryPredicate>,
    pub(super) when_exhausted: Exhausted,
}

/// What is asked: a record whose attempt failed.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// The record; it decides about the jitter.
    pub record: RecordId,
    /// How many attempts have ended, this one included; from 1.
    pub attempts: u32,
    /// When the first of them began.
    pub since: Timestamp,
    /// How the last one failed.
    pub failure: &'a FailureSummary<'a>,
}

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Another attempt, after this long.
    Retry {
        /// How long from now.
        after: Duration,
    },
    /// None.
    GiveUp {
        /// What becomes of the record: Failed, Expired, Skipped or OnHold.
        then: DlqStatus,
        /// Why.
        why: GaveUp,
    },
}

/// Why a record is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GaveUp {
    /// Its type of error is not one that the policy retries.
    ErrorType,
    /// The policy's predicate said no.
    Predicate,
    /// It was tried as often as the policy allows.
    Retries,
    /// The next attempt would begin later than the policy allows.
    Duration,
}

/// What becomes of a record that was tried often or long enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exhausted {
    /// It has failed: a person decides.
    #[default]
    Fail,
    /// Its time is over.
    Expire,
    /// It is put on hold.
    Hold,
    /// It is skipped.
    Skip,
}

impl Exhausted {
    const fn status(self) -> DlqStatus {
        match self {
            Self::Fail => DlqStatus::Failed,
            Self::Expire => DlqStatus::Expired,
            Self::Hold => DlqStatus::OnHold,
            Self::Skip => DlqStatus::Skipped,
        }
    }
}

/// A further condition: whether a record that failed so is to be tried again. Two are equal if they are the same one.
#[derive(Clone)]
pub struct RetryPredicate(pub(super) Arc<dyn Fn(&Tried<'_>) -> bool + Send + Sync>);

impl fmt::Debug for RetryPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RetryPredicate")
    }
}

impl PartialEq for RetryPredicate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl RetryPolicy {
    /// A policy of your own, beginning from [`DEFAULT`](Self::DEFAULT).
    pub fn builder() -> RetryPolicyBuilder {
        RetryPolicyBuilder::default()
    }

    /// What may happen after an attempt failed.
    #[must_use]
    pub fn decide(&self, tried: &Tried<'_>, now: Timestamp) -> Decision {
        let give_up = |then, why| Decision::GiveUp { then, why };
        if !self.retryable.contains(tried.failure.error_type) {
            return give_up(DlqStatus::Failed, GaveUp::ErrorType);
        }
        if self.predicate.as_ref().is_some_and(|RetryPredicate(again)| !again(tried)) {
            return give_up(DlqStatus::Failed, GaveUp::Predicate);
        }
        if tried.attempts > self.max_retries {
            return give_up(self.when_exhausted.status(), GaveUp::Retries);
        }
        let (_, seed) = tried.record.as_uuid().as_u64_pair();
        let after = self.backoff.wait(tried.attempts, seed);
        let over = |max| now.plus(after).since(tried.since) > max;
        if self.max_duration.is_some_and(over) {
            return give_up(self.when_exhausted.status(), GaveUp::Duration);
        }
        Decision::Retry { after }
    }

    /// How often a record is tried again, at most.
    #[must_use]
    pub const fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// How long one attempt may take.
    #[must_use]
    pub const fn attempt_timeout(&self) -> Duration {
        self.attempt_timeout
    }

    /// How long after the first attempt's begin another may begin; `None` for ever.
    #[must_use]
    pub const fn max_duration(&self) -> Option<Duration> {
        self.max_duration
    }

    /// How long to wait between attempts.
    #[must_use]
    pub const fn backoff(&self) -> &BackoffStrategy {
        &self.backoff
    }

    /// The types of error that are tried again.
    #[must_use]
    pub const fn retryable(&self) -> ErrorTypes {
        self.retryable
    }

    /// What becomes of a record that was tried often or long enough.
    #[must_use]
    pub const fn when_exhausted(&self) -> Exhausted {
        self.when_exhausted
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
