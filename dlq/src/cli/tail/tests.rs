use std::sync::Arc;

use dlq_core::ManualClock;
use dlq_core::record::{Change, DlqStatus};
use dlq_core::storage::{MemoryStorage, Save};
use dlq_testkit::fixture::{self, START, record};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

struct Scene {
    clock: Arc<ManualClock>,
    storage: MemoryStorage,
    tail: Tail,
}

impl Scene {
    fn new(lines: usize) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let storage = MemoryStorage::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let tail = Tail::new(QueryCriteria::default(), lines, SECOND * 10);
        Self { clock, storage, tail }
    }

    /// Stores the plain records of these numbers, captured so long after the start.
    async fn arrive(&self, numbers: impl IntoIterator<Item = u32>, captured: Duration) {
        let mut records = fixture::records(numbers);
        for record in &mut records {
            record.progress.created_at = fixture::after(captured);
            record.progress.updated_at = fixture::after(captured);
        }
        self.storage.save_batch(records.into_iter().map(Save::New).collect()).await.unwrap();
    }

    async fn skip(&self, number: u32) {
        let one = QueryCriteria::builder().ids([record(number).id]).build();
        assert_eq!(self.storage.skip(&one, &Change::by("anna")).await.unwrap().changed, 1);
    }

    /// The numbers of the records that a look tells.
    async fn look(&mut self) -> Vec<u32> {
        let found = self.tail.look(&self.storage, self.clock.now()).await.unwrap();
        let number = |id| (0..1_000).find(|number| record(*number).id == id).unwrap();
        found.into_iter().map(number).collect()
    }
}

#[tokio::test]
async fn the_latest_are_told_first_and_nothing_twice() {
    let mut scene = Scene::new(2);
    for number in 0..5 {
        scene.arrive([number], SECOND * number).await;
    }
    scene.clock.advance(SECOND * 5);
    assert_eq!(scene.look().await, [3, 4]);
    assert!(scene.look().await.is_empty());
    scene.skip(1).await;
    assert_eq!(scene.look().await, [1]);
    assert!(scene.look().await.is_empty());
}

#[tokio::test]
async fn nothing_is_missed_between_two_looks() {
    let mut scene = Scene::new(10);
    assert!(scene.look().await.is_empty());
    let mut told = Vec::new();
    for round in 0..20 {
        scene.clock.advance(SECOND * 3);
        let now = SECOND * (round + 1) * 3;
        scene.arrive([round * 3], now).await;
        // Some become visible up to the overlap after they were captured.
        scene.arrive([round * 3 + 1, round * 3 + 2], now.saturating_sub(SECOND * 6)).await;
        told.extend(scene.look().await);
    }
    told.sort_unstable();
    assert_eq!(told, (0..60).collect::<Vec<_>>());
    assert!(scene.tail.seen.len() < 30, "what is seen is forgotten behind the overlap");
}

#[tokio::test]
async fn a_clock_that_is_ahead_hides_nobody_else() {
    let mut scene = Scene::new(10);
    scene.arrive([0], SECOND * 3_600).await;
    assert_eq!(scene.look().await, [0]);
    scene.clock.advance(SECOND);
    scene.arrive([1], SECOND).await;
    assert_eq!(scene.look().await, [1]);
    assert!(scene.look().await.is_empty());
}

#[tokio::test]
async fn conditions_hold() {
    let mut scene = Scene::new(10);
    scene.tail.criteria.statuses = Some(vec![DlqStatus::Skipped]);
    scene.arrive(0..3, Duration::ZERO).await;
    assert!(scene.look().await.is_empty());
    scene.skip(2).await;
    assert_eq!(scene.look().await, [2]);
}

#[test]
fn a_line_that_goes_by_is_one_line_that_steers_nothing() {
    let mut draft = fixture::Draft::new(1);
    draft.failure.message = Some("\u{1b}[2J\nforged line \u{9b}2J".to_owned());
    let line = line::passing(&draft.record());
    assert!(!line.chars().any(char::is_control), "{line}");
}
