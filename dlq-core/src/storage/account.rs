//! The books: watermarks, and what arrived against what became of it.

use serde::Serialize;

use crate::record::{DlqStatus, RecordId, SourcePartition};

/// How far capture has come in one partition of one generation of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// Raised when the topic turns out to be recreated; from 0.
    pub generation: u32,
    /// The offset from which capture goes on.
    pub next: i64,
    /// The last record below it.
    pub last: Option<RecordId>,
    /// How many records were captured, over all generations.
    pub captured: u64,
    /// How many of them quarantine keeps, because the storage refused them.
    pub quarantined: u64,
}

/// Moves a watermark from where the caller believes that it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Whose watermark.
    pub partition: SourcePartition,
    /// The generation; one more than the standing one begins anew.
    pub generation: u32,
    /// Where it must stand: the offset from which this stretch was captured; not looked at where there is no watermark
    /// yet, or a new generation begins.
    pub from: i64,
    /// Where it goes; not below `from`.
    pub to: i64,
    /// How many records were captured between.
    pub records: u64,
    /// How many of them the storage refused and quarantine keeps; at most `records`.
    pub quarantined: u64,
    /// The last of them.
    pub last: Option<RecordId>,
}

/// What became of an [`Advance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advanced {
    /// The watermark stands where the caller wanted it, moved now or by the same advance before.
    Moved,
    /// It stood elsewhere, here, and stays.
    Refused(Watermark),
}

/// The books, to the record. `arrived = stored + returned + quarantined`, and `stored` is again the sum of the counts
/// by status with what was purged and evicted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Captured from Kafka, counted by the watermarks' advance.
    pub captured: u64,
    /// Submitted by callers.
    pub submitted: u64,
    /// Imported from an export or from quarantine.
    pub imported: u64,
    /// Records written: captured, submitted or imported, and new.
    pub stored: u64,
    /// Dead letters that were recognised as the return of a record.
    pub returned: u64,
    /// Dead letters that the store refused and quarantine keeps, counted by the watermarks' advance.
    pub quarantined: u64,
    /// Records by status, in the order of [`DlqStatus::ALL`].
    pub by_status: [u64; 7],
    /// Records purged.
    pub purged: u64,
    /// Records that the store dropped of its own accord: to make room, or because they were done long enough.
    pub evicted: u64,
}

impl Account {
    /// All that arrived.
    #[must_use]
    pub const fn arrived(&self) -> u64 {
        self.captured + self.submitted + self.imported
    }

    /// How many records have this status.
    #[must_use]
    pub fn with_status(&self, status: DlqStatus) -> u64 {
        self.by_status[usize::from(status.code())]
    }

    /// How many records are open.
    #[must_use]
    pub fn open(&self) -> u64 {
        DlqStatus::OPEN.into_iter().map(|status| self.with_status(status)).sum()
    }

    /// The differences that should be nothing: what arrived against where it went, and what was stored against what
    /// became of it. While capture runs the first lags by what is stored and not yet below a watermark.
    #[must_use]
    pub fn differences(&self) -> [i128; 2] {
        let sum = |parts: &[u64]| parts.iter().map(|&n| i128::from(n)).sum::<i128>();
        [
            i128::from(self.arrived()) - sum(&[self.stored, self.returned, self.quarantined]),
            i128::from(self.stored) - sum(&self.by_status) - sum(&[self.purged, self.evicted]),
        ]
    }

    /// Whether the books balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.differences() == [0, 0]
    }
}
