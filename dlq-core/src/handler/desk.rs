//! [`Desk`]: where submissions are stored, handled and settled, whichever way they came.

use std::sync::{Arc, Mutex, PoisonError};

use super::attempt::Attempts;
use super::books::Books;
use super::fate::Fate;
use super::submission::{Reply, Submission};
use super::writer::Writer;
use crate::engine::gate::Rule;
use crate::engine::intercept::Interceptors;
use crate::observe::Observers;
use crate::record::{DlqRecord, RecordId};

/// What every mode shares.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) writer: Writer,
    pub(super) attempts: Option<Attempts>,
    pub(super) interceptors: Interceptors,
    pub(super) observers: Observers,
    pub(super) books: Arc<Books>,
    /// What was being written when the handler ran out of time: it may be stored, or not.
    pub(super) in_doubt: Mutex<Vec<Submission>>,
}

/// A stored record that is to be handled, and whom to tell.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) record: DlqRecord,
    /// What becomes of it if it is not handled here.
    pub(super) fate: Fate,
    pub(super) reply: Option<Reply>,
}

impl Stored {
    /// There was no time to handle it: it is stored, and whoever comes next does.
    pub(super) fn stays_due(self) {
        answer(self.reply, self.fate);
    }
}

impl Desk {
    /// Stores submissions; answers what became of each, in order.
    pub(super) async fn store(&self, items: &[Submission]) -> Vec<Fate> {
        let Some(first) = items.first() else { return Vec::new() };
        let fates = self.writer.write(items, first.since).await;
        fates.iter().for_each(|fate| self.books.count(fate));
        fates
    }

    /// Handles stored records, one after another, and tells those who asked.
    pub(super) async fn handle(&self, stored: Vec<Stored>) {
        let Some(attempts) = &self.attempts else { return };
        let ids: Vec<RecordId> = stored.iter().map(|stored| stored.record.id).collect();
        for (Stored { record, fate, reply }, handled) in stored.into_iter().zip(attempts.run(&ids).await) {
            let fate = match handled {
                None => fate,
                Some(Ok(())) => self.handled(&record, Fate::Handled),
                Some(Err(reason)) => self.handled(&record, Fate::HandlingFailed { reason }),
            };
            answer(reply, fate);
        }
    }

    fn handled(&self, record: &DlqRecord, fate: Fate) -> Fate {
        self.books.count(&fate);
        fate.tell(|outcome| self.interceptors.after_record(record, outcome));
        fate
    }

    /// Drops what has waited longest, by this rule.
    pub(super) fn drop_oldest(&self, oldest: &Submission, rule: Rule) {
        let fate = Fate::Dropped(rule);
        self.books.count(&fate);
        fate.tell(|outcome| self.interceptors.after_record(oldest.record(), outcome));
        answer(oldest.settle(), fate);
    }

    pub(super) fn doubt(&self, items: Vec<Submission>) {
        self.in_doubt.lock().unwrap_or_else(PoisonError::into_inner).extend(items);
    }

    pub(super) fn take_doubts(&self) -> Vec<Submission> {
        std::mem::take(&mut self.in_doubt.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells the ticket what became of its record, if there is one.
pub(super) fn answer(reply: Option<Reply>, fate: Fate) {
    if let Some(reply) = reply {
        // Whoever dropped the ticket does not want to know.
        drop(reply.send(fate));
    }
}
