//! [`Redrive`]: carries a plan out.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::plan::RedrivePlan;
use crate::observe::{DlqEvent, Observers};
use crate::record::{Content, DlqRecord, DlqStatus, RecordId};
use crate::retry::{Sent, Sink, settle_until_answered, settlement_of};
use crate::storage::{
    Cursor, DlqStorage, LaneOrder, PageRequest, QueryCriteria, StorageError, StorageResult,
};

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

/// The storage failed in the middle of a redrive. What was sent and not settled is sent again, under the same redrive
/// id, by whoever claims it next.
#[derive(Debug, thiserror::Error)]
#[error("the redrive stopped after {} records were delivered", report.delivered)]
pub struct RedriveStopped {
    /// What had been done.
    pub report: RedriveReport,
    /// Why it stopped.
    pub source: StorageError,
}

/// Carries plans out: look, claim, send, settle, until nothing is left, or until it is told to stop between two batches.
#[derive(Debug)]
pub struct Redrive {
    storage: Arc<dyn DlqStorage>,
    sink: Arc<dyn Sink>,
    observers: Observers,
}

/// A redrive on its way.
struct Run<'a> {
    redrive: &'a Redrive,
    plan: &'a RedrivePlan,
    stop: &'a CancellationToken,
    report: RedriveReport,
    left: u64,
}

impl Redrive {
    /// Carries plans out from this storage through this sink.
    #[must_use]
    pub fn new(storage: Arc<dyn DlqStorage>, sink: Arc<dyn Sink>, observers: Observers) -> Self {
        Self { storage, sink, observers }
    }

    /// Carries a plan out. With key order a record that the target refuses is put on hold, so that its successors wait.
    /// Stops early where no one knows of any record of a whole batch what became of it: the target is out of reach.
    ///
    /// # Errors
    /// The storage failed; what had been done is told.
    pub async fn run(
        &self,
        plan: &RedrivePlan,
        stop: &CancellationToken,
    ) -> Result<RedriveReport, RedriveStopped> {
        let mut run = Run { redrive: self, plan, stop, report: RedriveReport::default(), left: plan.limit() };
        loop {
            let before = run.report.delivered;
            match run.pass().await {
                Ok(()) => {}
                Err(source) => return Err(RedriveStopped { report: run.report, source }),
            }
            // With key order, what its lane held back may be free by now.
            let again = plan.order == LaneOrder::Keyed && run.report.delivered > before;
            if !again || run.is_over() {
                return Ok(run.report);
            }
            run.report.not_sent = 0;
        }
    }
}

impl Run<'_> {
    fn is_over(&self) -> bool {
        self.left == 0 || self.stop.is_cancelled()
    }

    /// Goes once through all that matches.
    async fn pass(&mut self) -> StorageResult<()> {
        let mut after = None;
        loop {
            let (ids, next) = self.look(after).await?;
            self.send_all(ids).await?;
            if next.is_none() || self.is_over() {
                return Ok(());
            }
            after = next;
        }
    }

    /// The next records that can be sent, and where to look on.
    async fn look(&mut self, after: Option<Cursor>) -> StorageResult<(Vec<RecordId>, Option<Cursor>)> {
        let may_be_claimed = |status: &DlqStatus| status.may_become(DlqStatus::Retrying);
        let mut criteria = self.plan.criteria();
        let statuses = criteria.statuses.take().unwrap_or_else(|| DlqStatus::ALL.to_vec());
        let statuses = Some(statuses.into_iter().filter(may_be_claimed).collect());
        let criteria = QueryCriteria { statuses, ..criteria };
        let request = PageRequest { after, size: self.plan.batch(), ..PageRequest::new(criteria) };
        let page = self.redrive.storage.page(&request).await?;
        let found = page.records.len() as u64;
        let ids: Vec<_> = page.records.iter().filter(|r| self.plan.may_send(r)).map(|r| r.id).collect();
        self.report.not_sent += found - ids.len() as u64;
        Ok((ids, page.next))
    }

    /// Sends these records, as often as some of them can be claimed; with key order that takes several times.
    async fn send_all(&mut self, mut ids: Vec<RecordId>) -> StorageResult<()> {
        while !ids.is_empty() && !self.is_over() {
            let limit = usize::try_from(self.left).unwrap_or(usize::MAX).min(ids.len());
            let claimed = self.redrive.storage.claim(&self.plan.claim(ids.clone(), limit)).await?;
            if claimed.is_empty() {
                return Ok(());
            }
            ids.retain(|id| claimed.iter().all(|record| record.id != *id));
            self.left -= claimed.len() as u64;
            self.redrive.observers.tell(&DlqEvent::Claimed { records: claimed.len() as u64 });
            self.send(&claimed).await?;
            let pause = tokio::time::sleep(pace(self.plan.rate, claimed.len()));
            self.stop.run_until_cancelled(pause).await;
        }
        Ok(())
    }

    async fn send(&mut self, records: &[DlqRecord]) -> StorageResult<()> {
        let sent = self.redrive.sink.send(records).await;
        let refused_becomes = match self.plan.order {
            LaneOrder::Any => DlqStatus::Failed,
            LaneOrder::Keyed => DlqStatus::OnHold,
        };
        let mut settlements = Vec::with_capacity(records.len());
        for (record, sent) in records.iter().zip(&sent) {
            self.note(record, sent);
            settlements.push(settlement_of(record, sent, refused_becomes, &self.plan.change));
        }
        if sent.iter().all(|sent| matches!(sent, Sent::Unknown(_))) {
            tracing::error!(records = sent.len(), "the target is out of reach: the redrive stops");
            self.left = 0;
        }
        let answers = settle_until_answered(&*self.redrive.storage, settlements, self.plan.lease).await?;
        let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
        if let Some(error) = refused.first() {
            let records = refused.len();
            tracing::error!(records, %error, "the storage refused outcomes, the first of them so: who holds the records now sends them");
            self.report.unsettled += records as u64;
        }
        Ok(())
    }

    fn note(&mut self, record: &DlqRecord, sent: &Sent) {
        let traceparent = record.captured.content.as_ref().and_then(traceparent);
        let (count, reason) = match sent {
            Sent::Delivered(_) => {
                self.report.delivered += 1;
                tracing::debug!(record = %record.id, traceparent, "a record was sent home");
                return self.redrive.observers.tell(&DlqEvent::SentHome { record: record.id });
            }
            Sent::Refused(reason) => (&mut self.report.refused, reason),
            Sent::Unknown(reason) => (&mut self.report.unknown, reason),
        };
        *count += 1;
        tracing::warn!(record = %record.id, traceparent, reason, "a record was not sent home");
        self.redrive.observers.tell(&DlqEvent::SendFailed { record: record.id, reason });
    }
}

/// The trace that the record belongs to, by the header of W3C Trace Context; none where it cannot be one.
fn traceparent(content: &Content) -> Option<&str> {
    let value = content.headers().find(|header| header.name == b"traceparent")?.value?;
    let text = std::str::from_utf8(value).ok()?;
    let is_one = text.len() <= 128 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    is_one.then_some(text)
}

/// How long a batch is waited after, so that no more go out a second than the plan allows.
fn pace(rate: Option<u32>, records: usize) -> Duration {
    rate.map_or(Duration::ZERO, |rate| Duration::from_secs(records as u64) / rate.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Body;

    #[test]
    fn a_trace_is_told_where_the_header_can_be_one() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for (value, told) in [(trace, Some(trace)), ("00-4bf9\n2f35", None), (&"a".repeat(200), None)] {
            let header = (b"traceparent".as_slice(), Some(value.as_bytes()));
            let content = Content::pack([header], Body::Missing, Body::Missing).unwrap();
            assert_eq!(traceparent(&content), told);
        }
        assert_eq!(traceparent(&Content::pack([], Body::Missing, Body::Missing).unwrap()), None);
    }
}
