//! [`Attempts`]: stored records are claimed, handled one after another, and settled.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use super::handling::{HandlingError, RecordHandler};
use crate::clock::Clock;
use crate::policy::{Decision, RetryPolicy, ScopedPolicies, Tried};
use crate::record::classify::ErrorClassifier;
use crate::record::{
    Change, DlqRecord, DlqStatus, ErrorType, FailureSummary, Fingerprint, FingerprintInput, OperationId,
    RecordId, TopicName, WorkerId,
};
use crate::retry::settle_until_answered;
use crate::storage::{
    ClaimRequest, ClaimSelect, DlqStorage, LaneOrder, Outcome, Settle, Settlement, StorageError,
    StorageResult, until_answered,
};

/// How records are tried: claimed, handled one after another within the policy's time, and settled.
#[derive(Debug)]
pub(super) struct Attempts {
    pub(super) storage: Arc<dyn DlqStorage>,
    pub(super) handler: Arc<dyn RecordHandler>,
    pub(super) policies: ScopedPolicies,
    pub(super) classifier: ErrorClassifier,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) worker: WorkerId,
    /// How long the storage may take to answer.
    pub(super) store_timeout: Duration,
}

/// How a record's attempt ended; `None` where it was not tried: somebody else holds it, or has done with it.
pub(super) type Handled = Option<Result<(), String>>;

impl Attempts {
    /// Tries stored records, one after another; answers how each ended, in order.
    pub(super) async fn run(&self, records: &[RecordId]) -> Vec<Handled> {
        let claimed = match self.claim(records).await {
            Ok(claimed) => claimed,
            Err(error) => {
                return records.iter().map(|_| Some(Err(format!("it was not claimed: {error}")))).collect();
            }
        };
        let mut ended = Vec::with_capacity(records.len());
        let mut settlements = Vec::with_capacity(claimed.len());
        for id in records {
            let Some(record) = claimed.iter().find(|record| record.id == *id) else {
                ended.push(None);
                continue;
            };
            let outcome = self.attempt(record).await;
            ended.push(Some(outcome.as_ref().map(|_| ()).map_err(ToString::to_string)));
            settlements.push(self.settlement(record, outcome));
        }
        self.settle(settlements).await;
        ended
    }

    async fn claim(&self, records: &[RecordId]) -> StorageResult<Vec<DlqRecord>> {
        let attempts = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let longest = self.policies.longest_attempt().saturating_mul(attempts);
        let request = ClaimRequest {
            select: ClaimSelect::Ids(records.to_vec()),
            limit: records.len().max(1),
            lease: longest.saturating_add(self.store_timeout),
            order: LaneOrder::Any,
            ..ClaimRequest::due(self.worker.clone())
        };
        until_answered(self.store_timeout, "claim", || self.storage.claim(&request)).await
    }

    async fn attempt(&self, record: &DlqRecord) -> Result<(), HandlingError> {
        let within = self.policy(record, &record.failure()).attempt_timeout();
        let handled = AssertUnwindSafe(self.handler.handle(record)).catch_unwind();
        match tokio::time::timeout(within, handled).await {
            Ok(Ok(handled)) => handled,
            Ok(Err(_)) => Err(HandlingError::new("panic", "the handler panicked")),
            Err(_) => {
                let message = format!("the handler did not end within {within:?}");
                Err(HandlingError::new("timeout", message).of_type(ErrorType::TransientService))
            }
        }
    }

    fn policy(&self, record: &DlqRecord, failure: &FailureSummary<'_>) -> &RetryPolicy {
        self.policies.of(record.captured.topic().map(TopicName::as_str), failure)
    }

    fn settlement(&self, record: &DlqRecord, outcome: Result<(), HandlingError>) -> Settlement {
        let change = Change::by(format!("worker:{}", self.worker));
        let (outcome, change) = match outcome {
            Ok(()) => (Outcome::Delivered(None), change),
            Err(error) => (self.failed(record, &error), change.because(error.to_string())),
        };
        let change = Change { operation: OperationId::new(), ..change };
        Settlement { id: record.id, token: record.progress.fence, settle: Settle::Complete(outcome), change }
    }

    fn failed(&self, record: &DlqRecord, error: &HandlingError) -> Outcome {
        let failure = self.failure(record, error);
        let attempts = record.progress.attempt.as_ref().map_or(1, |attempt| attempt.number);
        let since = record.progress.created_at;
        let tried = Tried { record: record.id, attempts, since, failure: &failure };
        let (then, retry_in) = match self.policy(record, &failure).decide(&tried, self.clock.now()) {
            Decision::Retry { after } => (DlqStatus::Failed, Some(after)),
            Decision::GiveUp { then, .. } => (then, None),
        };
        Outcome::Failed { failure, then, retry_in }
    }

    fn failure(&self, record: &DlqRecord, error: &HandlingError) -> FailureSummary<'static> {
        let HandlingError { class, message, error_type } = error;
        let classify = || self.classifier.classify(Some(class), None, Some(message));
        let input = FingerprintInput {
            topic: record.captured.topic().map_or("", TopicName::as_str),
            root_class: Some(class),
            message: Some(message),
            ..FingerprintInput::default()
        };
        let failure = FailureSummary {
            class: Some(class.as_str().into()),
            message: Some(message.as_str().into()),
            error_type: error_type.unwrap_or_else(classify),
            fingerprint: Fingerprint::of(&input),
            root_class: None,
        };
        failure.into_owned()
    }

    /// Settles. What the storage does not take now is claimed and tried again once its lease has run out.
    async fn settle(&self, settlements: Vec<Settlement>) {
        let told = |error: &StorageError| {
            tracing::error!(%error, "the storage does not take how an attempt ended: it is tried again once its lease is over");
        };
        match settle_until_answered(&*self.storage, settlements, self.store_timeout).await {
            Ok(answers) => answers.iter().filter_map(|answer| answer.as_ref().err()).for_each(told),
            Err(error) => told(&error),
        }
    }
}
