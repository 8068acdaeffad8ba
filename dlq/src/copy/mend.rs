//! Compares both ends, record by record, and mends what differs.

use std::cmp::Ordering;

use dlq_core::DlqStorage;
use dlq_core::record::{Change, RecordId};
use dlq_core::storage::{DlqStorageExt, Order, QueryCriteria, StorageResult};
use futures_util::{Stream, TryStreamExt};

use super::ends::Ends;
use super::fill;
use super::shown::Shown;

/// How many records are mended together.
const BATCH: usize = 100;

/// Has the target keep the source's records, each at its version, and no others; answers how many differed.
pub(super) async fn all(ends: &Ends, shown: &Shown) -> anyhow::Result<u64> {
    let (mut there, mut here) =
        (std::pin::pin!(versions(&*ends.source)), std::pin::pin!(versions(&*ends.target)));
    let mut mending = Mending { ends, other: Vec::new(), extra: Vec::new(), mended: 0 };
    let (mut one, mut two) = (there.try_next().await?, here.try_next().await?);
    while one.is_some() || two.is_some() {
        // What has ended comes behind all there is.
        let order = match (&one, &two) {
            (Some((one, _)), Some((two, _))) => one.cmp(two),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => mending.other.extend(one.map(|(id, _)| id)),
            Ordering::Greater => mending.extra.extend(two.map(|(id, _)| id)),
            Ordering::Equal if one != two => mending.other.extend(one.map(|(id, _)| id)),
            Ordering::Equal => {}
        }
        if order.is_le() {
            shown.went_on(1);
            one = there.try_next().await?;
        }
        if order.is_ge() {
            two = here.try_next().await?;
        }
        mending.mend_if(BATCH).await?;
    }
    mending.mend_if(1).await?;
    Ok(mending.mended)
}

/// Every record's id and version, by id.
fn versions(storage: &dyn DlqStorage) -> impl Stream<Item = StorageResult<(RecordId, u64)>> + '_ {
    let all = QueryCriteria::builder().order(Order::OldestFirst).build();
    storage.stream(all, false).map_ok(|record| (record.id, record.version))
}

struct Mending<'e> {
    ends: &'e Ends,
    /// Not in the target, or at another version.
    other: Vec<RecordId>,
    /// In the target alone: purged from the source since they were copied.
    extra: Vec<RecordId>,
    mended: u64,
}

impl Mending<'_> {
    /// Mends where so many wait for it.
    async fn mend_if(&mut self, waiting: usize) -> anyhow::Result<()> {
        let Ends { source, target, .. } = self.ends;
        if self.other.len() >= waiting {
            self.mended += self.other.len() as u64;
            let wholes = fill::read(&**source, std::mem::take(&mut self.other)).await?;
            fill::write(&**target, wholes).await?;
        }
        if self.extra.len() >= waiting {
            self.mended += self.extra.len() as u64;
            let gone = QueryCriteria::builder().ids(std::mem::take(&mut self.extra)).build();
            target.delete(&gone, &Change::by("dlq copy").because("purged from the source")).await?;
        }
        Ok(())
    }
}
