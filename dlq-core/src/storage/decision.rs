//! [`Decision`]: what a person decides over many records at once; and what it would do, without doing it.

use std::collections::BTreeMap;
use std::fmt;

use futures_util::StreamExt;

use super::transition::live_lease;
use super::{DlqStorage, DlqStorageExt, Patch, QueryCriteria, StorageResult};
use crate::clock::Timestamp;
use crate::record::{Change, DlqRecord, DlqStatus, TopicName};

/// What a person decides over many records at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Keep them back until they are released: OnHold.
    Hold,
    /// Let them off hold: Pending.
    Release,
    /// They are not needed: Skipped.
    Skip,
    /// They were done, and are not: Pending.
    Reopen,
    /// Remove them for good, with content and history.
    Purge,
}

impl Decision {
    /// Whether it can be carried out over a record of this status.
    #[must_use]
    pub fn takes(self, status: DlqStatus) -> bool {
        match self {
            Self::Hold => status.may_become(DlqStatus::OnHold),
            Self::Release => status == DlqStatus::OnHold,
            Self::Skip => status.may_become(DlqStatus::Skipped),
            Self::Reopen => status.is_terminal(),
            Self::Purge => true,
        }
    }

    /// The word for it, such as `hold`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Skip => "skip",
            Self::Reopen => "reopen",
            Self::Purge => "purge",
        }
    }

    /// What it does to progress; nothing where it removes records as a whole.
    pub(super) fn patch(self, change: &Change) -> Option<Patch> {
        match self {
            Self::Hold => Some(Patch {
                hold_reason: Some(change.reason.as_deref().map(str::to_owned)),
                ..Patch::to(DlqStatus::OnHold)
            }),
            Self::Release => Some(Patch::to(DlqStatus::Pending)),
            Self::Skip => Some(Patch::to(DlqStatus::Skipped)),
            Self::Reopen => Some(Patch::reopen()),
            Self::Purge => None,
        }
    }

    /// The same criteria over none but the statuses that it takes, so that a limit counts these alone.
    pub(super) fn narrowed(self, criteria: &QueryCriteria) -> QueryCriteria {
        if DlqStatus::ALL.into_iter().all(|status| self.takes(status)) {
            return criteria.clone();
        }
        let asked = criteria.statuses.clone().unwrap_or_else(|| DlqStatus::ALL.to_vec());
        let statuses = Some(asked.into_iter().filter(|status| self.takes(*status)).collect());
        QueryCriteria { statuses, ..criteria.clone() }
    }

    /// What it would do to the records that match, counted record by record in bounded memory; `now` is the caller's
    /// time, by which leases are live or not.
    ///
    /// # Errors
    /// The storage cannot be read.
    pub async fn preview(
        self,
        storage: &dyn DlqStorage,
        criteria: &QueryCriteria,
        now: Timestamp,
    ) -> StorageResult<DecisionPreview> {
        let limit = criteria.limit.unwrap_or(u64::MAX);
        let mut preview = DecisionPreview::default();
        let mut records = storage.stream(QueryCriteria { limit: None, ..criteria.clone() }, false);
        while preview.records() + preview.leased < limit
            && let Some(record) = records.next().await
        {
            preview.count(self, &record?, now);
        }
        Ok(preview)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a decision would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionPreview {
    /// Records that it would change, by status.
    pub by_status: BTreeMap<DlqStatus, u64>,
    /// The same records by topic: the origin's, or the dead-letter topic where that is unknown.
    pub by_topic: BTreeMap<Option<TopicName>, u64>,
    /// Records that would be left alone because someone holds them.
    pub leased: u64,
    /// Records that match and whose status it does not take.
    pub refused: BTreeMap<DlqStatus, u64>,
}

impl DecisionPreview {
    /// How many records would be changed.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.by_status.values().sum()
    }

    fn count(&mut self, decision: Decision, record: &DlqRecord, now: Timestamp) {
        let status = record.progress.status;
        if !decision.takes(status) {
            *self.refused.entry(status).or_default() += 1;
        } else if live_lease(&record.progress, now).is_some() {
            self.leased += 1;
        } else {
            *self.by_status.entry(status).or_default() += 1;
            *self.by_topic.entry(record.captured.topic().cloned()).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_takes_what_it_can_change() {
        use DlqStatus::{Expired, Failed, OnHold, Pending, Retrying, Skipped, Success};
        for (decision, taken) in [
            (Decision::Hold, &[Pending, Retrying, Failed][..]),
            (Decision::Release, &[OnHold]),
            (Decision::Skip, &[Pending, Retrying, Failed, OnHold]),
            (Decision::Reopen, &[Success, Expired, Skipped]),
            (Decision::Purge, &DlqStatus::ALL),
        ] {
            let takes: Vec<_> = DlqStatus::ALL.into_iter().filter(|status| decision.takes(*status)).collect();
            assert_eq!(takes, taken, "{decision}");
        }
    }

    #[test]
    fn what_is_asked_is_narrowed_and_never_widened() {
        let asked = QueryCriteria::builder().statuses([DlqStatus::Failed, DlqStatus::OnHold]).build();
        assert_eq!(Decision::Release.narrowed(&asked).statuses, Some(vec![DlqStatus::OnHold]));
        assert_eq!(Decision::Reopen.narrowed(&asked).statuses, Some(vec![]));
        assert_eq!(Decision::Purge.narrowed(&asked), asked);
    }
}
