//! [`FailureGroup`]: the records that failed in the same way.

use std::collections::HashMap;

use super::{Dimension, DlqStorage, PageRequest, QueryCriteria, StorageResult, Tally, TallyKey};
use crate::record::{DlqRecord, DlqStatus, Fingerprint, RecordId};

/// How many samples are read at a time.
const SAMPLES: usize = 500;

/// The records that failed in the same way.
#[derive(Clone, Debug)]
pub struct FailureGroup {
    /// What "the same way" is.
    pub fingerprint: Fingerprint,
    /// Its records by status, and when the first and the last of them were made.
    pub tally: Tally,
    /// One of them, without content: class and message of its [failure](DlqRecord::failure) stand for the group's. None
    /// where the last of them went while one looked.
    pub sample: Option<DlqRecord>,
}

impl FailureGroup {
    /// How many of its records are open.
    #[must_use]
    pub fn open(&self) -> u64 {
        DlqStatus::OPEN.into_iter().map(|status| self.tally.with_status(status)).sum()
    }
}

pub(super) async fn groups<S: DlqStorage + ?Sized>(storage: &S) -> StorageResult<Vec<FailureGroup>> {
    let tallies = storage.statistics(Dimension::Fingerprint).await?;
    let mut groups: Vec<_> = tallies.into_iter().filter_map(FailureGroup::unsampled).collect();
    for some in groups.chunks_mut(SAMPLES) {
        sample(storage, some).await?;
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.open(), group.tally.last_seen, group.fingerprint)));
    Ok(groups)
}

impl FailureGroup {
    fn unsampled(tally: Tally) -> Option<Self> {
        let TallyKey::Fingerprint(fingerprint) = tally.key else { return None };
        Some(Self { fingerprint, tally, sample: None })
    }

    fn is_of(&self, record: &DlqRecord) -> bool {
        record.failure().fingerprint == self.fingerprint
    }
}

/// Gives each group its sample. That of the counters may be purged or have failed in another way since: another stands
/// in for it.
async fn sample<S: DlqStorage + ?Sized>(storage: &S, groups: &mut [FailureGroup]) -> StorageResult<()> {
    let ids = groups.iter().map(|group| group.tally.sample);
    let mut known = read(storage, QueryCriteria::builder().ids(ids).build()).await?;
    for group in groups {
        group.sample = known.remove(&group.tally.sample).filter(|record| group.is_of(record));
        if group.sample.is_none() {
            let of_group = QueryCriteria::builder().fingerprints([group.fingerprint]).limit(1).build();
            group.sample = read(storage, of_group).await?.into_values().next();
        }
    }
    Ok(())
}

async fn read<S: DlqStorage + ?Sized>(
    storage: &S,
    criteria: QueryCriteria,
) -> StorageResult<HashMap<RecordId, DlqRecord>> {
    let limit = criteria.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut request = PageRequest { size: SAMPLES.min(limit), ..PageRequest::new(criteria) };
    let mut found = HashMap::new();
    loop {
        let page = storage.page(&request).await?;
        found.extend(page.records.into_iter().map(|record| (record.id, record)));
        request.after = page.next;
        if request.after.is_none() || found.len() >= limit {
            return Ok(found);
        }
    }
}
