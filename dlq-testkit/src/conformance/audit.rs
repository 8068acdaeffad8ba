//! The auditor: counts by scanning what the store counts as it writes, and reads every history.

use std::collections::{BTreeMap, BTreeSet};

use dlq_core::DlqStatus;
use dlq_core::record::{Action, DlqRecord, HistoryEntry};
use dlq_core::storage::{Account, Dimension, DlqStorageExt, TallyKey};
use dlq_core::{DlqStorage, TopicName};
use futures_util::TryStreamExt;

use super::prepare::all;

/// Every way to count.
pub(super) const DIMENSIONS: [Dimension; 4] =
    [Dimension::All, Dimension::Topic, Dimension::ErrorType, Dimension::Fingerprint];

/// Every counter and every history agrees with the records, and the books with themselves.
///
/// # Panics
/// Something does not agree, or the store does not answer.
pub async fn audit(store: &dyn DlqStorage) {
    let records: Vec<_> = store.stream(all(), true).try_collect().await.unwrap();
    let account = store.account().await.unwrap();
    assert_eq!(account.by_status, by_status(&records), "records by status, in the account");
    assert_eq!(account.differences()[1], 0, "what was stored against what became of it: {account:?}");
    for by in DIMENSIONS {
        assert_eq!(tallies(store, by).await, recount(&records, by), "records by {by:?}");
    }
    for record in &records {
        assert_legal(record, &store.history(record.id).await.unwrap());
    }
}

/// The books, but for the records that they count by status.
pub(super) async fn account_without_statuses(store: &dyn DlqStorage) -> Account {
    Account { by_status: [0; 7], ..store.account().await.unwrap() }
}

/// The store's counts by one dimension.
pub(super) async fn tallies(store: &dyn DlqStorage, by: Dimension) -> BTreeMap<TallyKey, [u64; 7]> {
    let tallies = store.statistics(by).await.unwrap();
    assert!(tallies.iter().all(|tally| tally.total() > 0), "a key that counts nothing is left out");
    let count = tallies.len();
    let tallies: BTreeMap<_, _> = tallies.into_iter().map(|tally| (tally.key, tally.by_status)).collect();
    assert_eq!(tallies.len(), count, "each key once");
    tallies
}

/// The same counts, by scanning.
pub(super) fn recount(records: &[DlqRecord], by: Dimension) -> BTreeMap<TallyKey, [u64; 7]> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for record in records {
        groups.entry(key(record, by)).or_default().push(record);
    }
    groups.into_iter().map(|(key, group)| (key, by_status(group))).collect()
}

/// Under which key a record is counted.
pub(super) fn key(record: &DlqRecord, by: Dimension) -> TallyKey {
    match by {
        Dimension::All => TallyKey::All,
        Dimension::Topic => TallyKey::Topic(record.captured.topic().map(TopicName::to_string)),
        Dimension::ErrorType => TallyKey::ErrorType(record.failure().error_type),
        Dimension::Fingerprint => TallyKey::Fingerprint(record.failure().fingerprint),
    }
}

fn by_status<'a>(records: impl IntoIterator<Item = &'a DlqRecord>) -> [u64; 7] {
    let mut counts = [0; 7];
    for record in records {
        counts[usize::from(record.progress.status.code())] += 1;
    }
    counts
}

/// A record's history tells every version once, each move follows the last and the table of moves, and it ends where
/// the record stands.
#[track_caller]
fn assert_legal(record: &DlqRecord, history: &[HistoryEntry]) {
    let versions: BTreeSet<_> = history.iter().map(|entry| entry.version).collect();
    assert!(
        versions.iter().copied().eq(2..=record.version),
        "{} at {}: {versions:?}",
        record.id,
        record.version
    );
    assert!(history.is_sorted_by_key(|entry| entry.version), "oldest first");
    let mut status = history.first().map_or(record.progress.status, |first| first.from);
    for entry in history {
        assert_eq!(entry.from, status, "{}: {entry:?}", record.id);
        assert!(is_legal(entry), "{}: {entry:?}", record.id);
        status = entry.to;
    }
    assert_eq!(status, record.progress.status, "where the history of {} ends", record.id);
}

fn is_legal(entry: &HistoryEntry) -> bool {
    let reopened =
        entry.action == Action::Reopened && entry.from.is_terminal() && entry.to == DlqStatus::Pending;
    entry.from == entry.to || entry.from.may_become(entry.to) || reopened
}
