//! What has to be there afterwards: all that was acknowledged, each once and done once, and never two leases of one record
//! at a time.

use std::time::Duration;

use dlq_core::record::{Action, DlqRecord, DlqStatus, RecordId};
use dlq_core::storage::DlqStorage;
use dlq_storage_cassandra::CassandraStorage;
use dlq_testkit::conformance::audit;
use futures_util::future::join_all;

/// How many records are done.
pub(super) async fn done(storage: &CassandraStorage) -> u64 {
    let account = storage.account().await;
    account.map_or(0, |account| account.by_status[usize::from(DlqStatus::Success.code())])
}

/// These records were acknowledged, and nothing else was saved.
pub(super) async fn is_there(storage: &CassandraStorage, saved: &[RecordId], lease: Duration) {
    let account = storage.account().await.unwrap();
    assert!(account.balances(), "{account:?}");
    assert_eq!(account.stored, saved.len() as u64, "each once, whatever became of the first try");
    let whole = |record: &DlqRecord| record.captured.content.is_some();
    for ids in saved.chunks(500) {
        let found = storage.find_batch(ids).await.unwrap();
        assert!(
            found.iter().all(|record| record.as_ref().is_some_and(whole)),
            "what was acknowledged is there"
        );
    }
    let mut again = 0;
    for ids in saved.chunks(50) {
        again += join_all(ids.iter().map(|id| leases_apart(storage, *id, lease))).await.iter().sum::<usize>();
    }
    println!("{} records, {again} leases of them after another had run out", saved.len());
    audit(storage).await;
}

/// Each claim of a record came after the lease of the one before had run out; answers how many such there were.
async fn leases_apart(storage: &CassandraStorage, id: RecordId, lease: Duration) -> usize {
    let history = storage.history(id).await.unwrap();
    let claims: Vec<_> = history.iter().filter(|entry| entry.action == Action::Claimed).collect();
    for pair in claims.windows(2) {
        let apart = pair[1].at.as_millis() - pair[0].at.as_millis();
        assert!(u128::try_from(apart).unwrap() >= lease.as_millis(), "{id}: {history:?}");
    }
    let completed = history.iter().filter(|entry| entry.action == Action::Completed).count();
    assert_eq!(completed, 1, "{id}: {history:?}");
    claims.len() - 1
}
