//! Redrive on a real broker: what goes home is what came, plus our own headers.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rig;

use std::sync::Arc;

use dlq_core::record::{Change, DlqStatus, WorkerId};
use dlq_core::redrive::{Redrive, RedrivePlan, RedriveReport, RedriveSelect, preview};
use dlq_core::storage::{LaneOrder, QueryCriteria};
use dlq_core::{
    Clock, DlqRecord, DlqStorage, DlqStorageExt, MemoryStorage, Observers, SystemClock, TopicName,
};
use dlq_kafka::dialect::{AliasedField, HeaderAlias, TopicRule, TopicRules};
use dlq_kafka::sink::{KafkaSink, SinkConfig};
use futures_util::TryStreamExt;
use rig::{Letter, brokers, config, consume, produce, start, stored, topic, unique, until};
use tokio_util::sync::CancellationToken;

async fn captured(dead: &TopicName, letters: &[Letter]) -> Arc<dyn DlqStorage> {
    let storage: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    produce(dead, 0, letters);
    let source = start(config(&unique("dlq"), &[dead]), &storage);
    until("all are stored", async || stored(&storage).await == letters.len() as u64).await;
    source.stop().await;
    storage
}

fn plan(order: LaneOrder) -> RedrivePlan {
    let select = RedriveSelect::Matching(Box::new(QueryCriteria::retryable()));
    let plan = RedrivePlan::new(select, WorkerId("test".to_owned()), Change::by("user:test"));
    RedrivePlan { order, batch: 7, ..plan }
}

async fn run(storage: &Arc<dyn DlqStorage>, plan: &RedrivePlan) -> RedriveReport {
    run_through(SinkConfig::new(brokers(), "test"), storage, plan).await
}

async fn run_through(config: SinkConfig, storage: &Arc<dyn DlqStorage>, plan: &RedrivePlan) -> RedriveReport {
    let sink = KafkaSink::new(config, Arc::new(SystemClock)).unwrap();
    let redrive = Redrive::new(Arc::clone(storage), Arc::new(sink), Observers::default());
    redrive.run(plan, &CancellationToken::new()).await.unwrap()
}

async fn all(storage: &Arc<dyn DlqStorage>) -> Vec<DlqRecord> {
    storage.stream(QueryCriteria::default(), true).try_collect().await.unwrap()
}

fn users_own(letter: &Letter) -> Letter {
    let ours = |name: &[u8]| name.starts_with(b"dlq.");
    Letter {
        headers: letter.headers.iter().filter(|(name, _)| !ours(name)).cloned().collect(),
        ..letter.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_home_is_what_came() {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 1).await);
    let originals = [
        Letter::new("k1", "v1").header("trace", "01").header(b"\xFF\xFE", b"\x00"),
        Letter::new("k2", "v2")
            .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            .header("tracestate", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
        Letter { payload: None, ..Letter::new("k1", "") },
        Letter { key: None, ..Letter::new("", "no key") },
        Letter {
            headers: vec![(b"null".to_vec(), None), (b"empty".to_vec(), Some(vec![]))],
            ..Letter::new("", "")
        },
        Letter::new("k2", "types").header("__TypeId__", "com.acme.Order"),
    ];
    let dead_letters: Vec<_> = originals.iter().map(|letter| letter.clone().spring(&home, 0, 7)).collect();
    let storage = captured(&dead, &dead_letters).await;
    let report = run(&storage, &plan(LaneOrder::Any)).await;
    assert_eq!(report, RedriveReport { delivered: 6, ..RedriveReport::default() });

    let arrived = consume(&home, 0, originals.len());
    let mut own: Vec<_> = arrived.iter().map(users_own).collect();
    for original in &originals {
        let place = own.iter().position(|letter| letter == original);
        own.remove(place.unwrap_or_else(|| panic!("{original:?} is not among {own:?}")));
    }
    for letter in &arrived {
        let names: Vec<_> = letter.headers.iter().map(|(name, _)| name.as_slice()).collect();
        for ours in ["dlq.record.id", "dlq.redrive.id", "dlq.attempt", "dlq.redriven.by", "dlq.origin.topic"]
        {
            assert!(names.contains(&ours.as_bytes()), "{ours} is missing in {names:?}");
        }
    }
    for record in all(&storage).await {
        let attempt = record.progress.attempt.clone().unwrap();
        assert_eq!((record.progress.status, attempt.number, attempt.open), (DlqStatus::Success, 1, false));
        assert!(attempt.delivered.is_some());
    }
}

/// They tell of the failure, as a framework's own do.
#[tokio::test(flavor = "multi_thread")]
async fn headers_that_a_rule_for_the_topic_reads_do_not_go_home() {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 1).await);
    let original = Letter::new("k", "v").header("trace", "01");
    let storage = captured(&dead, &[original.clone().header("X-Why", "com.acme.Refused")]).await;
    let alias = HeaderAlias { name: "x-why".to_owned(), encoding: None };
    let headers = [(AliasedField::Class, alias)].into();
    let rules = TopicRules::new([TopicRule { topic: dead.to_string(), headers, ..TopicRule::default() }]);
    let config = SinkConfig { rules: rules.unwrap(), ..SinkConfig::new(brokers(), "test") };
    let plan = RedrivePlan { target: Some(home.clone()), ..plan(LaneOrder::Any) };
    assert_eq!(run_through(config, &storage, &plan).await.delivered, 1);
    assert_eq!(users_own(&consume(&home, 0, 1)[0]), original);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_key_order_records_of_a_key_do_not_overtake() {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 1).await);
    let letter = |n: i64| {
        Letter::new(["a", "b", "c"][usize::try_from(n % 3).unwrap()], &n.to_string()).spring(&home, 0, n)
    };
    let letters: Vec<_> = (0..30).map(letter).collect();
    let storage = captured(&dead, &letters).await;
    assert_eq!(run(&storage, &plan(LaneOrder::Keyed)).await.delivered, 30);
    let arrived = consume(&home, 0, 30);
    for key in ["a", "b", "c"] {
        let of_key = arrived.iter().filter(|letter| letter.key.as_deref() == Some(key.as_bytes()));
        let numbers: Vec<i64> =
            of_key.map(|l| String::from_utf8(l.payload.clone().unwrap()).unwrap().parse().unwrap()).collect();
        assert!(numbers.is_sorted() && numbers.len() == 10, "{key}: {numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_not_there_refuses_and_an_unknown_origin_is_not_sent() {
    let dead = topic("orders-dlt", 1).await;
    let gone = TopicName::new(unique("gone")).unwrap();
    let storage = captured(&dead, &[Letter::new("k", "v").spring(&gone, 0, 1), Letter::new("k", "v")]).await;
    let looked = preview(&*storage, &plan(LaneOrder::Any), SystemClock.now()).await.unwrap();
    assert_eq!((looked.records(), looked.nowhere), (1, 1));
    let report = run(&storage, &plan(LaneOrder::Any)).await;
    assert_eq!((report.refused + report.unknown, report.not_sent, report.delivered), (1, 1, 0), "{report:?}");
    for record in all(&storage).await {
        assert_ne!(record.progress.status, DlqStatus::Success);
        assert!(record.progress.lease.is_none(), "nobody holds it any more");
    }
}
