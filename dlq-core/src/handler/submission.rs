//! [`Submission`]: a record on its way to the storage; and the [`Ticket`] that tells what became of it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::sync::oneshot;

use super::admission::Place;
use super::books::Books;
use super::fate::Fate;
use crate::record::{DlqRecord, RecordId};
use crate::storage::Save;

/// A record on its way. Dropped before its fate is known, it is counted as given up.
#[derive(Debug)]
pub(super) struct Submission {
    save: Save,
    pub(super) since: Instant,
    /// Taken by whoever settles what becomes of it.
    reply: Mutex<Option<Reply>>,
    books: Arc<Books>,
    /// Given back once the storage has answered.
    _place: Place,
}

/// Where the ticket's answer goes.
pub(super) type Reply = oneshot::Sender<Fate>;

impl Submission {
    pub(super) fn new(record: DlqRecord, place: Place, reply: Reply, books: Arc<Books>) -> Self {
        books.submitted();
        let (save, reply) = (Save::New(record), Mutex::new(Some(reply)));
        Self { save, since: Instant::now(), reply, books, _place: place }
    }

    pub(super) fn record(&self) -> &DlqRecord {
        match &self.save {
            Save::New(record) => record,
            _ => unreachable!("it was made of a record"),
        }
    }

    /// Where the answer goes; whoever takes it knows what became of the record.
    pub(super) fn settle(&self) -> Option<Reply> {
        self.reply().take()
    }

    /// The record, which is not known to be stored. Its ticket says so.
    pub(super) fn hand_back(self) -> DlqRecord {
        if self.settle().is_some() {
            self.books.handed_back();
        }
        self.record().clone()
    }

    fn reply(&self) -> MutexGuard<'_, Option<Reply>> {
        self.reply.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Submission {
    fn drop(&mut self) {
        if self.reply().take().is_some() {
            self.books.given_up();
        }
    }
}

impl AsRef<Save> for Submission {
    fn as_ref(&self) -> &Save {
        &self.save
    }
}

/// What will become of a submitted record. Dropping it changes nothing.
#[derive(Debug)]
pub struct Ticket {
    record: RecordId,
    fate: oneshot::Receiver<Fate>,
}

/// The handler was stopped first: [`stop`](super::DlqHandler::stop) handed the record back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handler was stopped before anything became of record {record}")]
pub struct HandedBack {
    /// Which record.
    pub record: RecordId,
}

impl Ticket {
    pub(super) fn new(record: RecordId) -> (Reply, Self) {
        let (reply, fate) = oneshot::channel();
        (reply, Self { record, fate })
    }

    /// The record's id: that under which a letter came first, where it was submitted again.
    #[must_use]
    pub const fn record(&self) -> RecordId {
        self.record
    }
}

impl Future for Ticket {
    type Output = Result<Fate, HandedBack>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let fate = ready!(Pin::new(&mut self.fate).poll(context));
        Poll::Ready(fate.map_err(|_| HandedBack { record: self.record }))
    }
}
