//! What is read is as much as is needed.

mod shelf;

use std::sync::Arc;
use std::time::Duration;

use dlq_core::record::{Change, WorkerId};
use dlq_core::storage::{ClaimRequest, Settle, Settlement};
use dlq_core::{DlqStorage, DlqStorageExt, ManualClock};
use dlq_storage_keyed::{KeyedStorage, Space};
use dlq_testkit::fixture::{Draft, START};

use shelf::Shelf;

#[tokio::test]
async fn of_a_long_history_only_what_may_be_the_answer_is_read() {
    let shelf = Shelf::of_shards(3).at(Arc::new(ManualClock::at(START)));
    let storage = KeyedStorage::<Shelf>::connect(&shelf).await.unwrap();
    storage.save(Draft::new(1).due(Duration::ZERO).record()).await.unwrap();
    let claimed = storage.claim(&ClaimRequest::due(WorkerId("w".to_owned()))).await.unwrap().remove(0);
    let renewal = || Settlement {
        id: claimed.id,
        token: claimed.progress.fence,
        settle: Settle::Renew(Duration::from_secs(60)),
        change: Change::by("worker:w"),
    };
    let renewals: Vec<_> = (0..24).map(|_| renewal()).collect();
    let mut answers = Vec::new();
    for renewal in &renewals {
        answers.push(storage.settle(vec![renewal.clone()]).await.unwrap().remove(0).unwrap());
    }
    assert_eq!(shelf.asked(Space::History), 0, "none of them was made before");
    let again = storage.settle(renewals.clone()).await.unwrap();
    assert_eq!(again.into_iter().map(Result::unwrap).collect::<Vec<_>>(), answers);
    assert_eq!(shelf.asked(Space::History), 24);
    let one = storage.settle(renewals[7..8].to_vec()).await.unwrap().remove(0).unwrap();
    assert_eq!((one, shelf.asked(Space::History)), (answers[7], 1));
}
