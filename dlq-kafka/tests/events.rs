//! What a source tells while it captures.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod rig;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dlq_core::{DlqEvent, DlqStorage, MemoryStorage, Observers};
use dlq_kafka::source::SourceConfig;
use rig::{Letter, config, produce, start_with, stored, topic, unique, until};

/// What was heard, summed up.
#[derive(Debug, Default)]
struct Heard {
    captured: BTreeMap<(String, Option<String>), u64>,
    batched: u64,
    assigned: Option<usize>,
    lag: BTreeMap<i32, u64>,
}

fn listening() -> (Observers, Arc<Mutex<Heard>>) {
    let heard = Arc::new(Mutex::new(Heard::default()));
    let told = Arc::clone(&heard);
    let listener = move |event: &DlqEvent<'_>| {
        let mut heard = told.lock().unwrap();
        match event {
            DlqEvent::Captured { topic, dialect, records, bytes } => {
                assert!(*bytes > 0);
                *heard.captured.entry((topic.to_string(), dialect.map(str::to_owned))).or_default() +=
                    records;
            }
            DlqEvent::Batched { records, capacity, buffered, budget } => {
                assert!(records <= capacity && buffered <= budget);
                heard.batched += records;
            }
            DlqEvent::Assigned { partitions } => heard.assigned = Some(*partitions),
            DlqEvent::Lag { partition, offsets, .. } => {
                heard.lag.insert(*partition, *offsets);
            }
            _ => {}
        }
    };
    (Observers::default().with(Arc::new(listener)), heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_captured_by_whom_and_how_far_it_is_behind() {
    let (home, dead) = (topic("orders", 1).await, topic("orders-dlt", 2).await);
    let storage: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let spring = |n| Letter::new("k", "v").spring(&home, 0, n);
    produce(&dead, 0, &(0..20).map(spring).collect::<Vec<_>>());
    produce(&dead, 1, &[Letter::new("k", "v"), Letter::new("k", "v"), spring(20)]);
    let (observers, heard) = listening();
    let source = start_with(config(&unique("dlq"), &[&dead]), &storage, observers);
    until("all are stored", async || stored(&storage).await == 23).await;
    until("nothing is behind", async || heard.lock().unwrap().lag == BTreeMap::from([(0, 0), (1, 0)])).await;
    assert_eq!(heard.lock().unwrap().assigned, Some(2));
    source.stop().await;
    let heard = heard.lock().unwrap();
    let of = |dialect: Option<&str>| heard.captured[&(dead.to_string(), dialect.map(str::to_owned))];
    assert_eq!((of(Some("spring-dlt")), of(None), heard.batched), (21, 2, 23));
    assert_eq!(heard.assigned, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_never_to_be_captured_is_not_whatever_the_pattern() {
    let name = unique("pattern.of");
    let (one, never) = (topic(&format!("{name}.one"), 1).await, topic(&format!("{name}.never"), 1).await);
    let storage: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    produce(&never, 0, &[Letter::new("k", "never")]);
    produce(&one, 0, &[Letter::new("k", "one")]);
    let by_pattern = SourceConfig {
        topics: vec![format!("^{}[.].*", name.replace('.', "[.]"))],
        never: vec![never.to_string()],
        ..config(&unique("dlq"), &[])
    };
    let (observers, heard) = listening();
    let source = start_with(by_pattern, &storage, observers);
    until("the one is stored", async || stored(&storage).await == 1).await;
    assert_eq!(heard.lock().unwrap().assigned, Some(1), "one partition, and none of the other");
    source.stop().await;
}
