//! The line and the ends of time know the records that are there, and no others.

use std::sync::Arc;
use std::time::Duration;

use super::{Eviction, MemoryConfig};
use crate::clock::{Clock, ManualClock};
use crate::record::{Captured, Change, DlqRecord, DlqStatus, RecordId, WorkerId};
use crate::storage::memory::MemoryStorage;
use crate::storage::{ClaimRequest, DlqStorage, DlqStorageExt, Patch, QueryCriteria, Save};

const A_SECOND: Duration = Duration::from_secs(1);

fn storage(eviction: Eviction) -> (MemoryStorage, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let config = MemoryConfig { records_max: Some(5), eviction, terminal_ttl: Some(A_SECOND) };
    (MemoryStorage::with_config(config, Arc::clone(&clock) as _).unwrap(), clock)
}

fn record(clock: &ManualClock) -> DlqRecord {
    DlqRecord::new(Captured::default(), clock.now())
}

fn only(id: RecordId) -> QueryCriteria {
    QueryCriteria::builder().ids([id]).build()
}

#[tokio::test]
async fn whatever_comes_changes_and_goes_stands_in_line_once() {
    for eviction in [Eviction::Fifo, Eviction::Lru] {
        let (storage, clock) = storage(eviction);
        for n in 0..50 {
            let (skipped, purged) = (record(&clock), record(&clock));
            let saves = [&skipped, &purged, &record(&clock)].map(|record| Save::New(record.clone()));
            storage.save_batch(saves.to_vec()).await.unwrap();
            let skip = Patch::to(DlqStatus::Skipped);
            storage.bulk_update(&only(skipped.id), &skip, &Change::by("user:a")).await.unwrap();
            storage
                .claim(&ClaimRequest { limit: 1, ..ClaimRequest::due(WorkerId("w".to_owned())) })
                .await
                .unwrap();
            if n % 2 == 0 {
                storage.delete_one(purged.id, &Change::by("user:a")).await.unwrap();
            }
            clock.advance(A_SECOND / 3);
            let state = storage.read();
            let done =
                state.records.values().filter(|entry| entry.record.progress.status.is_terminal()).count();
            assert_eq!(state.retention.len(), (state.records.len(), done), "{eviction:?}");
            assert!(state.records.len() <= 5 && state.account().balances(), "{:?}", state.account());
        }
        storage.clear(&Change::by("user:a")).await.unwrap();
        clock.advance(Duration::from_secs(3_600));
        storage.clear(&Change::by("user:a")).await.unwrap();
        let state = storage.read();
        assert!(state.index.is_empty() && state.retention.len() == (0, 0));
    }
}

#[test]
fn what_is_not_allowed_is_told_with_its_field() {
    let refused = |config| {
        let clock = Arc::new(ManualClock::default());
        MemoryStorage::with_config(config, clock).unwrap_err().to_string()
    };
    let none = MemoryConfig { records_max: Some(0), ..MemoryConfig::default() };
    assert_eq!(refused(none), "memory.records_max = Some(0): allowed: 1 or more, or none");
    let at_once = MemoryConfig { terminal_ttl: Some(Duration::ZERO), ..MemoryConfig::default() };
    assert_eq!(refused(at_once), "memory.terminal_ttl = Some(0ns): allowed: 1 ms or more, or none");
}
