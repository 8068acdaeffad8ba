//! Redrive through a sink that answers as a test wants it to.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use dlq_core::record::{Change, DlqStatus, KnownBy, Origin, RecordId, WorkerId};
use dlq_core::redrive::{Redrive, RedrivePlan, RedriveReport, RedriveSelect, preview};
use dlq_core::retry::{Sent, Sink};
use dlq_core::storage::{LaneOrder, QueryCriteria, Save};
use dlq_core::{DlqRecord, DlqStorage, DlqStorageExt, MemoryStorage, Observers, Timestamp};
use dlq_testkit::fixture::Draft;
use tokio_util::sync::CancellationToken;

type Answer = Box<dyn Fn(&DlqRecord) -> Sent + Send + Sync>;

/// Notes what is sent, and answers as it is told.
struct Scripted {
    answer: Answer,
    sent: Mutex<Vec<RecordId>>,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

#[async_trait]
impl Sink for Scripted {
    async fn send(&self, records: &[DlqRecord]) -> Vec<Sent> {
        self.sent.lock().unwrap().extend(records.iter().map(|record| record.id));
        records.iter().map(|record| (self.answer)(record)).collect()
    }
}

/// A storage with these records, and what a redrive of all of them does.
struct Scene {
    storage: Arc<dyn DlqStorage>,
    sink: Arc<Scripted>,
}

impl Scene {
    async fn new(
        records: Vec<DlqRecord>,
        answer: impl Fn(&DlqRecord) -> Sent + Send + Sync + 'static,
    ) -> Self {
        let storage = MemoryStorage::new();
        storage.save_batch(records.into_iter().map(Save::New).collect()).await.unwrap();
        let sink = Scripted { answer: Box::new(answer), sent: Mutex::default() };
        Self { storage: Arc::new(storage), sink: Arc::new(sink) }
    }

    async fn run(&self, plan: &RedrivePlan) -> RedriveReport {
        let sink = Arc::clone(&self.sink) as Arc<dyn Sink>;
        let redrive = Redrive::new(Arc::clone(&self.storage), sink, Observers::default());
        redrive.run(plan, &CancellationToken::new()).await.unwrap()
    }

    fn sent(&self) -> Vec<RecordId> {
        self.sink.sent.lock().unwrap().clone()
    }

    async fn status(&self, id: RecordId) -> DlqStatus {
        self.storage.find_by_id(id).await.unwrap().unwrap().progress.status
    }
}

fn all() -> RedrivePlan {
    let select = RedriveSelect::Matching(Box::<QueryCriteria>::default());
    RedrivePlan { batch: 4, ..RedrivePlan::new(select, WorkerId("test".to_owned()), Change::by("user:test")) }
}

fn drafts(count: u32) -> Vec<DlqRecord> {
    (0..count).map(|n| Draft::new(n).record()).collect()
}

fn delivered(_: &DlqRecord) -> Sent {
    Sent::Delivered(None)
}

#[tokio::test]
async fn a_guessed_origin_is_sent_to_only_when_that_is_confirmed() {
    let mut draft = Draft::new(1);
    draft.origin = Origin { known_by: Some(KnownBy::Guess), ..draft.origin };
    let (guessed, known) = (draft.record(), Draft::new(2).record());
    let scene = Scene::new(vec![guessed.clone(), known.clone()], delivered).await;
    assert_eq!(preview(&*scene.storage, &all(), Timestamp::default()).await.unwrap().guessed, 1);
    let report = scene.run(&all()).await;
    assert_eq!((report.delivered, report.not_sent, scene.sent()), (1, 1, vec![known.id]));
    let untouched = scene.storage.find_by_id(guessed.id).await.unwrap().unwrap();
    assert_eq!(untouched.version, 1, "what cannot be sent is not claimed");
    let confirmed = RedrivePlan { confirmed: true, ..all() };
    assert_eq!(scene.run(&confirmed).await.delivered, 1);
}

#[tokio::test]
async fn a_limit_is_one_of_records_that_are_sent() {
    let scene = Scene::new(drafts(10), delivered).await;
    let three = RedrivePlan { limit: Some(3), ..all() };
    for done in [3, 6, 9, 10] {
        assert!(preview(&*scene.storage, &three, Timestamp::default()).await.unwrap().records() > 0);
        scene.run(&three).await;
        assert_eq!(scene.sent().len(), done);
    }
}

#[tokio::test]
async fn a_target_that_is_out_of_reach_ends_the_redrive() {
    let scene = Scene::new(drafts(10), |_| Sent::Unknown("no broker".to_owned())).await;
    let report = scene.run(&all()).await;
    assert_eq!((report.unknown, scene.sent().len()), (4, 4), "one batch is tried, not all of them");
    for id in scene.sent() {
        let record = scene.storage.find_by_id(id).await.unwrap().unwrap();
        let attempt = record.progress.attempt.clone().unwrap();
        assert_eq!(
            (record.progress.status, attempt.open),
            (DlqStatus::Pending, true),
            "it keeps its redrive id"
        );
    }
}

#[tokio::test]
async fn with_key_order_a_refusal_holds_back_its_lane_and_no_other() {
    let lane = |n, key: &str, place| Draft::new(n).in_lane(key, place).record();
    let records = vec![lane(1, "a", 1), lane(2, "a", 2), lane(3, "b", 1), lane(4, "b", 2)];
    let (first, blocked) = (records[0].id, records[1].id);
    let refuse = move |record: &DlqRecord| match record.id == first {
        true => Sent::Refused("too large".to_owned()),
        false => Sent::Delivered(None),
    };
    let scene = Scene::new(records, refuse).await;
    let report = scene.run(&RedrivePlan { order: LaneOrder::Keyed, ..all() }).await;
    assert_eq!((report.delivered, report.refused), (2, 1));
    assert_eq!(scene.status(first).await, DlqStatus::OnHold);
    assert_eq!(scene.status(blocked).await, DlqStatus::Pending);
    assert!(!scene.sent().contains(&blocked));
}
