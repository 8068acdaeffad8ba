//! [`Redrive`]: carries a plan out.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::plan::RedrivePlan;
use super::preview::{is_guessed, target_of};
use crate::observe::{DlqEvent, Observers};
use crate::record::{Change, DlqRecord, DlqStatus, OperationId};
use crate::retry::{Sent, Sink, settle_until_answered, settlement_of};
use crate::storage::{Cursor, DlqStorage, LaneOrder, Settle, Settlement, StorageResult};

/// How often a settlement is asked again before its lease is left to run out.
const SETTLE_TRIES: u32 = 8;

/// What a redrive did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RedriveReport {
    /// The target accepted them.
    pub delivered: u64,
    /// The target does not take them.
    pub refused: u64,
    /// No one knows; they are released and keep their redrive id.
    pub unknown: u64,
    /// Not sent: their origin is unknown, or only guessed and not confirmed.
    pub not_sent: u64,
    /// Sent, but the storage did not take the outcome: it stands in the log, and the lease runs out.
    pub unsettled: u64,
}

/// Carries plans out: claim, send, settle, until nothing is left, or until it is told to stop between two batches.
#[derive(Debug)]
pub struct Redrive {
    storage: Arc<dyn DlqStorage>,
    sink: Arc<dyn Sink>,
    observers: Observers,
}

impl Redrive {
    /// Carries plans out from this storage through this sink.
    #[must_use]
    pub fn new(storage: Arc<dyn DlqStorage>, sink: Arc<dyn Sink>, observers: Observers) -> Self {
        Self { storage, sink, observers }
    }

    /// Carries a plan out. With key order a record that the target refuses is put on hold, so that its successors wait.
    ///
    /// # Errors
    /// The storage could not claim or settle; what was sent and not settled is sent again, under the same redrive id,
    /// by whoever claims it next.
    pub async fn run(&self, plan: &RedrivePlan, stop: &CancellationToken) -> StorageResult<RedriveReport> {
        let mut report = RedriveReport::default();
        let mut left = plan.limit.or(plan.criteria().limit).unwrap_or(u64::MAX);
        let mut after = None;
        while left > 0 && !stop.is_cancelled() {
            let limit = plan.batch.clamp(1, 10_000).min(usize::try_from(left).unwrap_or(usize::MAX));
            let claimed = self.storage.claim(&plan.claim(after, limit)).await?;
            let Some(last) = last_cursor(plan, &claimed) else { break };
            (after, left) = (Some(last), left.saturating_sub(claimed.len() as u64));
            self.observers.tell(&DlqEvent::Claimed { records: claimed.len() as u64 });
            let before = report.unknown + report.not_sent;
            let pause = pace(plan.rate, claimed.len());
            self.send(plan, claimed, &mut report).await?;
            if plan.order == LaneOrder::Keyed && report.unknown + report.not_sent > before {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        Ok(report)
    }

    async fn send(
        &self,
        plan: &RedrivePlan,
        claimed: Vec<DlqRecord>,
        report: &mut RedriveReport,
    ) -> StorageResult<()> {
        let sendable = |record: &DlqRecord| {
            target_of(record, plan).is_some() && (plan.confirmed || !is_guessed(record, plan))
        };
        let (records, kept): (Vec<_>, Vec<_>) = claimed.into_iter().partition(sendable);
        let sent = self.sink.send(&records).await;
        let refused_becomes = match plan.order {
            LaneOrder::Any => DlqStatus::Failed,
            LaneOrder::Keyed => DlqStatus::OnHold,
        };
        let mut settlements: Vec<_> = kept.iter().map(|record| give_back(record, &plan.change)).collect();
        report.not_sent += kept.len() as u64;
        for (record, sent) in records.iter().zip(&sent) {
            self.note(record, sent, report);
            settlements.push(settlement_of(record, sent, refused_becomes, &plan.change));
        }
        let answers = settle_until_answered(&*self.storage, settlements, SETTLE_TRIES).await?;
        for error in answers.into_iter().filter_map(Result::err) {
            report.unsettled += 1;
            tracing::error!(%error, "the storage refused an outcome; the record is sent again when its lease has run out");
        }
        Ok(())
    }

    fn note(&self, record: &DlqRecord, sent: &Sent, report: &mut RedriveReport) {
        match sent {
            Sent::Delivered(_) => {
                report.delivered += 1;
                self.observers.tell(&DlqEvent::SentHome { record: record.id });
            }
            Sent::Refused(reason) | Sent::Unknown(reason) => {
                let unknown = matches!(sent, Sent::Unknown(_));
                report.unknown += u64::from(unknown);
                report.refused += u64::from(!unknown);
                tracing::warn!(record = %record.id, unknown, reason, "a record was not sent home");
                self.observers.tell(&DlqEvent::SendFailed { record: record.id, reason });
            }
        }
    }
}

fn last_cursor(plan: &RedrivePlan, claimed: &[DlqRecord]) -> Option<Cursor> {
    let order = plan.criteria().order;
    claimed.last().map(|record| order.cursor(record))
}

fn give_back(record: &DlqRecord, change: &Change) -> Settlement {
    let change = Change { operation: OperationId::new(), ..change.clone() }
        .because("its origin is unknown, or only guessed and not confirmed");
    Settlement { id: record.id, token: record.progress.fence, settle: Settle::Release(None), change }
}

fn pace(rate: Option<u32>, records: usize) -> Duration {
    let seconds = |rate: u32| Duration::from_secs(records as u64) / rate.max(1);
    rate.map_or(Duration::ZERO, seconds)
}
