//! [`Note`]: how far the copy came, noted in the target.

use anyhow::Context;
use dlq_core::record::RecordId;
use dlq_core::storage::{Cursor, Expect, Order, StorageErrorKind};
use dlq_core::{Clock, SystemClock, Timestamp};
use serde::{Deserialize, Serialize};

use super::ends::Ends;
use crate::config::{Mistake, Mistakes};
use crate::output::moment;
use crate::storage::held;

/// The kind of its document, which belongs to the copy and is never copied.
pub(super) const KIND: &str = "copy";
const ID: &str = "from";

/// How far the copy came.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    /// The source, as [`identity`](super::identity) names it.
    from: String,
    /// When it was begun.
    begun: Timestamp,
    /// What is being done.
    pub(super) phase: Phase,
    /// The last record of those that were filled in.
    after: Option<RecordId>,
    /// How many those are.
    pub(super) records: u64,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// The target is filled.
    Filling,
    /// It is full, and compared.
    Comparing,
    /// It was proven to be the same; from then on it may live a life of its own.
    Done,
}

impl Note {
    /// Begins a copy into an empty target, or goes on with this one.
    ///
    /// # Errors
    /// [`Mistakes`] where the target holds something else; or it does not answer.
    pub(super) async fn begin(ends: &Ends) -> anyhow::Result<Self> {
        if let Some(note) = Self::read(ends).await? {
            let since = moment::shown(note.begun);
            tracing::info!(phase = ?note.phase, records = note.records, since, "going on with the copy");
            return Ok(note);
        }
        refuse_unless_empty(ends).await?;
        let begun = SystemClock.now();
        let note = Self { from: ends.from.clone(), begun, phase: Phase::Filling, after: None, records: 0 };
        match ends.target.documents().put(KIND, ID, &serde_json::to_value(&note)?, Expect::Absent).await {
            Ok(_) => Ok(note),
            // Our own put, whose answer was lost, or another's who was quicker.
            Err(error)
                if error.is_temporary() || matches!(error.kind(), StorageErrorKind::Conflict { .. }) =>
            {
                Self::read(ends).await?.ok_or_else(|| error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn read(ends: &Ends) -> anyhow::Result<Option<Self>> {
        let Some(document) = ends.target.documents().get(KIND, ID).await? else { return Ok(None) };
        let note: Self =
            serde_json::from_value(document.json).context("what the target notes of its copy")?;
        if note.from != ends.from {
            let problem = format!(
                "a copy from {} was begun in it at {}; allowed: that source, or an empty storage",
                note.from,
                moment::shown(note.begun)
            );
            return Err(Mistakes::from(Mistake::about("TO", problem)).into());
        }
        Ok(Some(note))
    }

    /// Where filling goes on.
    pub(super) fn after(&self) -> Option<Cursor> {
        self.after.map(|id| Cursor { order: Order::OldestFirst, key: 0, id })
    }

    /// So many more records, the last of them this one, are in the target.
    pub(super) fn filled(&mut self, records: u64, last: RecordId) {
        self.after = Some(last);
        self.records += records;
    }

    /// All of them are.
    pub(super) async fn full(&mut self, ends: &Ends) -> anyhow::Result<()> {
        self.phase = Phase::Comparing;
        self.write(ends).await
    }

    /// The target was proven to be the same.
    pub(super) async fn end(&mut self, ends: &Ends) -> anyhow::Result<()> {
        self.phase = Phase::Done;
        self.write(ends).await
    }

    pub(super) async fn write(&self, ends: &Ends) -> anyhow::Result<()> {
        ends.target.documents().put(KIND, ID, &serde_json::to_value(self)?, Expect::Any).await?;
        Ok(())
    }
}

async fn refuse_unless_empty(ends: &Ends) -> anyhow::Result<()> {
    let Some(held) = held(&*ends.target).await? else { return Ok(()) };
    let problem = format!(
        "it is not empty: it holds {held}; allowed: an empty storage, or one that a copy from there was begun in"
    );
    Err(Mistakes::from(Mistake::about("TO", problem)).into())
}
