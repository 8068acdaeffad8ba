//! [`State`]: what tells whether a storage stood still.

use anyhow::bail;
use dlq_core::record::SourcePartition;
use dlq_core::storage::{Account, DlqStorage, DlqStorageExt, QueryCriteria, StorageResult, Watermark};
use dlq_core::{Clock, DlqStatus, SystemClock, Timestamp};
use futures_util::TryStreamExt;

use crate::output::moment;

/// What changes with whatever arrives, and is read as it is opened elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) account: Account,
    pub(super) watermarks: Vec<(SourcePartition, Watermark)>,
}

impl State {
    pub(super) async fn of(storage: &dyn DlqStorage) -> StorageResult<Self> {
        Ok(Self { account: storage.account().await?, watermarks: storage.all_watermarks().await? })
    }

    pub(super) fn records(&self) -> u64 {
        self.account.by_status.iter().sum()
    }
}

/// Refuses a storage in which somebody works: what is held is about to change. A lease that ran out is copied as it is.
///
/// # Errors
/// Somebody does, or the storage cannot be read.
pub(super) async fn refuse_leases(storage: &dyn DlqStorage) -> anyhow::Result<()> {
    let retrying = QueryCriteria::builder().statuses([DlqStatus::Retrying]).build();
    let (now, mut held, mut latest) = (SystemClock.now(), 0_u64, None::<Timestamp>);
    let mut records = storage.stream(retrying, false);
    while let Some(record) = records.try_next().await? {
        let until = record.progress.lease.as_ref().map(|lease| lease.until).filter(|until| *until > now);
        held += u64::from(until.is_some());
        latest = latest.max(until);
    }
    match latest {
        None => Ok(()),
        Some(until) => bail!(
            "{held} records of the source are held by workers, the last until {}: stop the workers or wait until then, and \
             copy again; it goes on from here",
            moment::shown(until)
        ),
    }
}
