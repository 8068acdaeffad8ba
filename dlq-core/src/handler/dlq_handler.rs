//! [`DlqHandler`]: takes records from a program, and sees them stored.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::admission::{Admission, Denied, Place};
use super::books::HandlerAccount;
use super::builder::DlqHandlerBuilder;
use super::dedup::Dedup;
use super::desk::Desk;
use super::losses::Losses;
use super::metrics::HandlerMetrics;
use super::mode::{LeftOver, Way};
use super::submission::{Submission, Ticket};
use crate::engine::gate::{Rate, Rule};
use crate::invalid::Invalid;
use crate::record::DlqRecord;

/// Takes dead letters from a program, and sees them stored: gates, batches or lanes, storage, and the books of it all.
/// Clones are the same handler.
///
/// # Behavior
/// - Every record that is submitted is, in the end, in the storage or in quarantine, handed back to its submitter, or
///   dropped by a strategy that its owner chose; [`account`](Self::account) says which, to the record.
/// - While the storage is away, what was let in is written again until it answers.
/// - [`stop`](Self::stop) writes what was let in, and hands back what it had no time for. Dropped without it, the handler
///   goes on for at most half a minute, and tells the log what was left.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use dlq_core::handler::DlqHandler;
/// use dlq_core::{Clock, DlqRecord, MemoryStorage, SystemClock};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handler = DlqHandler::builder().storage(Arc::new(MemoryStorage::new())).start().await?;
/// let record = DlqRecord::builder().payload("{}").failure("Timeout", "too slow").build(SystemClock.now())?;
/// let ticket = handler.submit(record).await?;
/// assert!(ticket.await?.is_stored());
/// assert!(handler.stop(Duration::from_secs(10)).await.is_empty());
/// assert!(handler.account().balances());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct DlqHandler {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) admission: Admission,
    pub(super) dedup: Option<Mutex<Dedup>>,
    pub(super) way: Way,
    pub(super) desk: Arc<Desk>,
}

/// A record that was not taken, handed back.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It was turned away by this rule.
    #[error("the record was turned away: {rule}")]
    TurnedAway {
        /// The record.
        record: Box<DlqRecord>,
        /// By which rule.
        rule: Rule,
    },
    /// The handler was stopped.
    #[error("the handler was stopped")]
    Stopped {
        /// The record.
        record: Box<DlqRecord>,
    },
}

impl NotTaken {
    /// The record.
    #[must_use]
    pub fn into_record(self) -> DlqRecord {
        match self {
            Self::TurnedAway { record, .. } | Self::Stopped { record } => *record,
        }
    }
}

/// What was left when a handler stopped; nothing, if there was time enough.
#[derive(Debug, Default)]
#[must_use = "what is left is not stored"]
pub struct Leftover {
    /// Records that are not stored, or not known to be, as the interceptors made them. Submitting them again is safe: they
    /// keep their ids.
    pub records: Vec<DlqRecord>,
    /// How many records are being written, and out of reach: they may be stored, or not.
    pub stuck: usize,
    /// How many records are stored, and were not handled: they stay due.
    pub unhandled: usize,
}

impl Leftover {
    /// Whether everything was done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.stuck == 0 && self.unhandled == 0
    }
}

impl DlqHandler {
    /// Begins a handler.
    pub fn builder() -> DlqHandlerBuilder {
        DlqHandlerBuilder::default()
    }

    /// Hands a record over; waits for room, where the strategy says so. Dropped while it waits, it drops the record.
    ///
    /// # Errors
    /// The record was not taken; it is handed back.
    pub async fn submit(&self, record: DlqRecord) -> Result<Ticket, NotTaken> {
        let inner = &self.inner;
        let losses = inner.losses();
        let place = inner.admission.admit(record.weight(), |rule| inner.drop_oldest(rule, &losses)).await;
        let (submission, ticket) = inner.accept(record, place, &losses)?;
        match inner.way.submit(submission).await {
            Ok(()) => Ok(ticket),
            Err(late) => Err(stopped(late)),
        }
    }

    /// Hands records over, in this order; waits for room, where the strategy says so. Answers for each, in order: its
    /// ticket, or why it was not taken. Dropped while it waits, it drops those for which there was no room yet.
    pub async fn submit_batch(&self, records: Vec<DlqRecord>) -> Vec<Result<Ticket, NotTaken>> {
        let inner = &self.inner;
        let losses = inner.losses();
        let drop_oldest = |rule| inner.drop_oldest(rule, &losses);
        let mut answers = Vec::with_capacity(records.len());
        let mut taken = Vec::with_capacity(records.len());
        for record in records {
            let place = match inner.admission.admit_now(record.weight(), &drop_oldest) {
                Some(place) => place,
                None => {
                    // What is taken goes on its way first: it may be what there must be room for.
                    inner.pass_on(&mut taken, &mut answers).await;
                    losses.tell();
                    inner.admission.admit(record.weight(), drop_oldest).await
                }
            };
            answers.push(inner.accept(record, place, &losses).map(|(submission, ticket)| {
                taken.push((answers.len(), submission));
                ticket
            }));
        }
        inner.pass_on(&mut taken, &mut answers).await;
        answers
    }

    /// Takes nothing more, stores what was taken, and handles what is stored, for at most `timeout`. What is not done
    /// then is handed back. Called again, it finds nothing left.
    pub async fn stop(&self, timeout: Duration) -> Leftover {
        self.inner.admission.close();
        let LeftOver { submissions, stuck, unhandled } = self.inner.way.stop(timeout).await;
        let records = submissions.into_iter().map(Submission::hand_back).collect();
        Leftover { records, stuck, unhandled }
    }

    /// What became of everything that was submitted.
    #[must_use]
    pub fn account(&self) -> HandlerAccount {
        self.inner.desk.books.account(self.inner.admission.pending())
    }

    /// How the handler does.
    #[must_use]
    pub fn metrics(&self) -> HandlerMetrics {
        HandlerMetrics::read(&self.inner)
    }

    /// Changes the rate at which records are let in, from now on; nothing changes where no limiter was given.
    ///
    /// # Errors
    /// A rate that is not allowed; the old one stays.
    pub fn set_rate(&self, rate: Rate) -> Result<(), Invalid> {
        self.inner.admission.set_rate(rate)
    }
}

impl Inner {
    /// A record that was let in, as it is to be stored: as the interceptors made it, and under the id under which it came
    /// first.
    fn prepare(&self, record: DlqRecord) -> DlqRecord {
        let mut record = self.desk.interceptors.before_record(record);
        if let Some(dedup) = &self.dedup {
            let mut dedup = dedup.lock().unwrap_or_else(PoisonError::into_inner);
            dedup.recognise(&mut record, Instant::now());
        }
        record
    }

    /// What a call loses.
    fn losses(&self) -> Losses<'_> {
        Losses::new(&self.desk.observers)
    }

    /// Drops what has waited longest; answers whether there was anything.
    fn drop_oldest(&self, rule: Rule, losses: &Losses<'_>) -> bool {
        let oldest = self.way.take_oldest();
        if let Some(oldest) = &oldest {
            self.desk.drop_oldest(oldest, rule);
            losses.dropped(rule);
        }
        oldest.is_some()
    }

    /// A record that was let in sets out; one that was not goes back.
    fn accept(
        &self,
        record: DlqRecord,
        place: Result<Place, Denied>,
        losses: &Losses<'_>,
    ) -> Result<(Submission, Ticket), NotTaken> {
        let books = &self.desk.books;
        match place {
            Ok(place) => {
                let record = self.prepare(record);
                let (reply, ticket) = Ticket::new(record.id);
                Ok((Submission::new(record, place, reply, Arc::clone(books)), ticket))
            }
            Err(Denied::By(rule)) => {
                books.turned_away(rule);
                losses.turned_away(rule);
                Err(NotTaken::TurnedAway { record: Box::new(record), rule })
            }
            Err(Denied::Closed) => {
                books.came_too_late();
                Err(NotTaken::Stopped { record: Box::new(record) })
            }
        }
    }

    /// Passes on what was taken; what came too late gets its answer.
    async fn pass_on(&self, taken: &mut Vec<(usize, Submission)>, answers: &mut [Result<Ticket, NotTaken>]) {
        let (places, submissions): (Vec<_>, Vec<_>) = taken.drain(..).unzip();
        let Err(late) = self.way.submit_batch(submissions).await else { return };
        // The last ones are those that came too late.
        for (place, late) in places.into_iter().rev().zip(late.into_iter().rev()) {
            if let Some(answer) = answers.get_mut(place) {
                *answer = Err(stopped(late));
            }
        }
    }
}

/// A submission that came too late.
fn stopped(late: Submission) -> NotTaken {
    NotTaken::Stopped { record: Box::new(late.hand_back()) }
}
