//! The handler: every record that is submitted is accounted for, in every mode, under every strategy, whatever the
//! storage does.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod accounts;
mod handling;
mod interceptors;
mod pressure;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dlq_core::handler::{DlqHandler, DlqHandlerBuilder, Fate, Leftover, Mode};
use dlq_core::storage::{SaveOutcome, StorageError, StorageErrorKind};
use dlq_core::{Clock, DlqRecord, DlqStorage, MemoryStorage, SystemClock, TopicName};
use dlq_testkit::fault::Faulty;

const LONG: Duration = Duration::from_secs(60);

/// A storage that can be taken away.
#[derive(Clone)]
struct Rig {
    memory: Arc<MemoryStorage>,
    away: Arc<AtomicBool>,
}

impl Rig {
    fn new() -> Self {
        Self { memory: Arc::new(MemoryStorage::new()), away: Arc::default() }
    }

    fn away(self) -> Self {
        self.away.store(true, Ordering::SeqCst);
        self
    }

    fn back(&self) {
        self.away.store(false, Ordering::SeqCst);
    }

    fn storage(&self) -> Arc<dyn DlqStorage> {
        let away = Arc::clone(&self.away);
        let fails = move |method: &str| {
            let fails = method == "save_batch" && away.load(Ordering::SeqCst);
            fails.then(|| StorageError::new(StorageErrorKind::Connection, "save_batch", "away"))
        };
        Arc::new(Faulty::new(Arc::clone(&self.memory) as _).failing(fails))
    }

    async fn stored(&self) -> u64 {
        self.memory.account().await.unwrap().stored
    }
}

/// Sixteen places, and a storage that is asked again at once.
fn small() -> DlqHandlerBuilder {
    let builder =
        DlqHandler::builder().processing(|numbers| numbers.store_retry_min(Duration::from_millis(1)));
    builder.performance(|numbers| {
        let small = numbers.ring_size(16).max_pending(16).batch_size(4).batch_size_min(1);
        small.linger(Duration::from_millis(1)).writers(1).parallelism(Some(2))
    })
}

fn letter(n: u32) -> DlqRecord {
    let record =
        DlqRecord::builder().key(format!("k{}", n % 5)).payload(format!("{n}")).failure("Boom", "no");
    record.build(SystemClock.now()).unwrap()
}

/// Handles well whatever it is given.
fn handling(builder: DlqHandlerBuilder, mode: Mode) -> DlqHandlerBuilder {
    let builder = builder.mode(mode);
    if mode == Mode::Batch { builder } else { builder.handle_with(|_| async { Ok(()) }) }
}

async fn ended(handler: &DlqHandler) {
    let left = handler.stop(LONG).await;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_there_is_no_time_for_is_handed_back_and_can_be_submitted_again() {
    for mode in Mode::ALL {
        let rig = Rig::new().away();
        let handler = handling(small(), mode).storage(rig.storage()).start().await.unwrap();
        let mut tickets = Vec::new();
        for n in 0..16 {
            tickets.push(handler.submit(letter(n)).await.unwrap());
        }
        let Leftover { records, stuck, unhandled } = handler.stop(Duration::from_millis(50)).await;
        assert_eq!((records.len(), stuck, unhandled), (16, 0, 0), "{mode}");
        for ticket in tickets {
            assert!(ticket.await.is_err(), "{mode}: nothing became of it");
        }
        let account = handler.account();
        assert!(account.balances() && account.handed_back == 16, "{mode}: {account:?}");
        rig.back();
        let again = small().storage(rig.storage()).start().await.unwrap();
        assert!(again.submit_batch(records).await.iter().all(Result::is_ok));
        ended(&again).await;
        assert_eq!(rig.stored().await, 16, "{mode}");
    }
}

#[tokio::test]
async fn a_letter_that_is_submitted_again_within_the_window_is_stored_once() {
    let rig = Rig::new();
    let builder = small().processing(|numbers| numbers.dedup_window(LONG));
    let handler = builder.storage(rig.storage()).start().await.unwrap();
    let at = |offset| {
        let letter = DlqRecord::builder().origin(TopicName::new("orders").unwrap(), 0, offset);
        letter.build(SystemClock.now()).unwrap()
    };
    let first = handler.submit(at(1)).await.unwrap();
    let again = handler.submit(at(1)).await.unwrap();
    let other = handler.submit(at(2)).await.unwrap();
    assert!(first.record() == again.record() && first.record() != other.record());
    let fates = [first.await.unwrap(), again.await.unwrap()];
    assert!(matches!(fates[0], Fate::Kept(SaveOutcome::Stored { .. })), "{fates:?}");
    assert!(matches!(fates[1], Fate::Kept(SaveOutcome::AlreadyThere)), "{fates:?}");
    ended(&handler).await;
    assert_eq!(rig.stored().await, 2);
}

#[tokio::test]
async fn what_does_not_fit_together_is_refused_with_field_value_and_what_is_allowed() {
    let storage = || Rig::new().storage();
    let refusal = |builder: DlqHandlerBuilder<Arc<dyn DlqStorage>>| async move {
        builder.start().await.unwrap_err().to_string()
    };
    let bad = small().performance(|numbers| numbers.ring_size(1000).writers(0));
    let told = refusal(bad.storage(storage())).await;
    assert!(told.contains("ring_size = 1000: allowed: a power of two"), "{told}");
    assert!(told.contains("writers = 0: allowed: 1 to 64"), "{told}");
    let told = refusal(small().handle_with(|_| async { Ok(()) }).storage(storage())).await;
    assert_eq!(told, "mode = batch: allowed: parallel or hybrid, where records are handled");
    let told = refusal(small().mode(Mode::Hybrid).storage(storage())).await;
    assert_eq!(told, "mode = hybrid: allowed: batch or parallel, where records are not handled");
}
