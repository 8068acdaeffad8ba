//! What each layer does about a storage that fails. Time stands still until all wait for it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dlq_core::engine::gate::{BreakerConfig, BreakerPhase, CircuitBreaker, TripOn};
use dlq_core::policy::BackoffStrategy;
use dlq_core::record::Change;
use dlq_core::storage::layer::{Layers, Retry, RetryConfig};
use dlq_core::storage::{
    ClaimRequest, ClaimSelect, Decision, Expect, PageRequest, Permanence, QueryCriteria, Save, SaveOutcome,
    StorageError, StorageErrorKind,
};
use dlq_core::{DlqEvent, DlqStatus, DlqStorage, DlqStorageExt, MemoryStorage, Observers};
use dlq_testkit::fault::Faulty;
use dlq_testkit::fixture;
use serde_json::json;
use tokio::time::Instant;

const A_SECOND: Duration = Duration::from_secs(1);

fn error(kind: StorageErrorKind) -> StorageError {
    StorageError::new(kind, "test", "as a test wants it")
}

/// A fault that happens so often, and then no more.
fn times(count: u32, kind: StorageErrorKind) -> impl Fn(&'static str) -> Option<StorageError> + Send + Sync {
    let left = AtomicU32::new(count);
    move |_| {
        let happens =
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        happens.then(|| error(kind.clone()))
    }
}

fn memory() -> Arc<dyn DlqStorage> {
    Arc::new(MemoryStorage::new())
}

/// Three tries, a second apart.
fn three_tries() -> Retry {
    let backoff = BackoffStrategy::Fixed(A_SECOND);
    Retry::new(RetryConfig { backoff, tries_max: 3, within: 60 * A_SECOND }).unwrap()
}

fn retried(faulty: Faulty) -> (Arc<Faulty>, Arc<dyn DlqStorage>) {
    let faulty = Arc::new(faulty);
    let storage = Layers::around(Arc::clone(&faulty) as _).retry(three_tries()).build();
    (faulty, storage)
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_asked_again_until_it_has_passed() {
    for kind in [StorageErrorKind::Connection, StorageErrorKind::Timeout, StorageErrorKind::Transaction] {
        let (faulty, storage) = retried(Faulty::new(memory()).failing(times(2, kind)));
        let begun = Instant::now();
        let stored = storage.save(fixture::record(1)).await.unwrap();
        assert_eq!((stored, faulty.asked()), (SaveOutcome::Stored { version: 1 }, 3));
        assert_eq!(begun.elapsed(), 2 * A_SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn when_tries_are_used_up_the_last_error_is_told_and_is_exhausted() {
    let (faulty, storage) = retried(Faulty::new(memory()).failing(times(9, StorageErrorKind::Connection)));
    let last = storage.account().await.unwrap_err();
    assert_eq!((last.kind(), last.permanence()), (&StorageErrorKind::Connection, Permanence::Exhausted));
    assert!(last.to_string().ends_with("as a test wants it, tries: 3"), "{last}");
    assert_eq!(faulty.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn when_time_is_used_up_no_other_try_begins() {
    let faulty = Arc::new(Faulty::new(memory()).failing(times(99, StorageErrorKind::Connection)));
    let backoff = BackoffStrategy::Fixed(A_SECOND);
    let retry = Retry::new(RetryConfig { backoff, tries_max: 99, within: 5 * A_SECOND }).unwrap();
    let storage = Layers::around(Arc::clone(&faulty) as _).retry(retry).build();
    let begun = Instant::now();
    assert_eq!(storage.account().await.unwrap_err().permanence(), Permanence::Exhausted);
    assert_eq!((faulty.asked(), begun.elapsed()), (6, 5 * A_SECOND));
}

#[tokio::test(start_paused = true)]
async fn what_stays_is_not_asked_again_and_neither_is_a_refusal() {
    let (faulty, storage) = retried(Faulty::new(memory()).failing(times(9, StorageErrorKind::Validation)));
    assert_eq!(storage.account().await.unwrap_err().permanence(), Permanence::Permanent);
    assert_eq!(faulty.asked(), 1);
    let refusing = |_: &Save| Some(error(StorageErrorKind::Connection));
    let (faulty, storage) = retried(Faulty::new(memory()).refusing(refusing));
    let refused = storage.save(fixture::record(1)).await.unwrap_err();
    assert!(refused.is_temporary() && faulty.asked() == 1, "a record's refusal is an answer: {refused}");
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_is_made_again_and_counts_once() {
    let lossy = || Faulty::new(memory()).losing(times(1, StorageErrorKind::Timeout));
    let (_, storage) = retried(lossy());
    assert_eq!(storage.save(fixture::record(1)).await.unwrap(), SaveOutcome::AlreadyThere);
    let advance = fixture::advance(0, 0, 1);
    storage.advance(&advance).await.unwrap();
    let account = storage.account().await.unwrap();
    assert_eq!((account.stored, account.captured), (1, 1));

    let inner = memory();
    inner.save(fixture::record(1)).await.unwrap();
    inner.save(fixture::record(2)).await.unwrap();
    let change = Change::by("user:anna");
    for (decision, version) in [(Decision::Hold, 2), (Decision::Skip, 3)] {
        let (_, storage) =
            retried(Faulty::new(Arc::clone(&inner)).losing(times(1, StorageErrorKind::Timeout)));
        let change = Change { operation: dlq_core::record::OperationId::new(), ..change.clone() };
        let outcome = storage.decide(decision, &QueryCriteria::default(), &change).await.unwrap();
        assert_eq!((outcome.changed, outcome.refused), (2, 0), "{decision}");
        let record = storage.find_by_id(fixture::record(1).id).await.unwrap().unwrap();
        assert_eq!(record.version, version, "{decision} once");
    }
    let (_, storage) = retried(Faulty::new(Arc::clone(&inner)).losing(times(1, StorageErrorKind::Timeout)));
    assert_eq!(storage.clear(&Change::by("user:anna")).await.unwrap().changed, 2);
    assert_eq!(storage.account().await.unwrap().purged, 2);
}

#[tokio::test(start_paused = true)]
async fn a_settlement_whose_answer_was_lost_counts_once() {
    let inner = memory();
    inner.save(fixture::record(1)).await.unwrap();
    let select = ClaimSelect::Ids(vec![fixture::record(1).id]);
    let request = ClaimRequest { select, ..ClaimRequest::due(dlq_core::record::WorkerId("w".to_owned())) };
    let held = inner.claim(&request).await.unwrap().pop().unwrap();
    let (_, storage) = retried(Faulty::new(inner).losing(times(1, StorageErrorKind::Connection)));
    let outcome = dlq_core::storage::Outcome::Delivered(None);
    let settled = storage.complete(&held, outcome, Change::by("worker:w")).await.unwrap();
    let record = storage.find_by_id(held.id).await.unwrap().unwrap();
    assert_eq!((settled.status, record.version), (DlqStatus::Success, settled.version));
    assert_eq!(record.progress.retry_count, 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_would_tell_something_else_is_made_once() {
    let inner = memory();
    inner.save(fixture::record(1)).await.unwrap();
    let lossy = || retried(Faulty::new(Arc::clone(&inner)).losing(times(1, StorageErrorKind::Timeout)));
    let worker = || dlq_core::record::WorkerId("w".to_owned());
    let select = ClaimSelect::Ids(vec![fixture::record(1).id]);
    let (faulty, storage) = lossy();
    let lost = storage.claim(&ClaimRequest { select, ..ClaimRequest::due(worker()) }).await.unwrap_err();
    assert!(lost.is_temporary() && faulty.asked() == 1, "{lost}");
    let (faulty, storage) = lossy();
    storage.claim(&ClaimRequest::due(worker())).await.unwrap();
    assert_eq!(faulty.asked(), 2, "what is due comes due again");
    for (expected, asked) in [(Expect::Absent, 1), (Expect::Version(1), 1), (Expect::Any, 2)] {
        let (faulty, storage) = lossy();
        let put = storage.documents().put("job", "1", &json!(1), expected).await;
        assert_eq!((faulty.asked(), put.is_ok()), (asked, asked == 2), "{expected:?}");
    }
    let (faulty, storage) = lossy();
    assert!(storage.documents().delete("job", "1").await.is_err());
    assert_eq!(faulty.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn documents_are_asked_for_again_too() {
    let (faulty, storage) = retried(Faulty::new(memory()).failing(times(2, StorageErrorKind::Connection)));
    assert_eq!(storage.documents().get("job", "1").await.unwrap(), None);
    assert_eq!(faulty.asked(), 3);
}

#[test]
fn no_try_at_all_is_refused() {
    let wrong = Retry::new(RetryConfig { tries_max: 0, ..RetryConfig::default() }).unwrap_err();
    assert_eq!(wrong.to_string(), "retry.tries_max = 0: allowed: 1 or more");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_unknown_and_runs_to_its_end() {
    let inner = memory();
    let slow = Faulty::new(Arc::clone(&inner)).delaying(|method| match method {
        "save_batch" => 60 * A_SECOND,
        _ => Duration::ZERO,
    });
    let storage = Layers::around(Arc::new(slow)).timeout(A_SECOND).build();
    let begun = Instant::now();
    let unknown = storage.save(fixture::record(1)).await.unwrap_err();
    assert_eq!((unknown.kind(), begun.elapsed()), (&StorageErrorKind::Timeout, A_SECOND));
    assert!(unknown.is_temporary() && unknown.operation() == "save_batch", "{unknown}");
    assert_eq!(inner.account().await.unwrap().stored, 0);
    tokio::time::sleep(60 * A_SECOND).await;
    assert_eq!(inner.account().await.unwrap().stored, 1, "nobody waited, and it was written");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_early_drops_no_call_half_way() {
    let inner = memory();
    let slow = Faulty::new(Arc::clone(&inner)).delaying(|_| A_SECOND);
    let storage = Layers::around(Arc::new(slow)).timeout(60 * A_SECOND).build();
    let left = tokio::time::timeout(A_SECOND / 2, storage.save(fixture::record(1))).await;
    assert!(left.is_err());
    tokio::time::sleep(A_SECOND).await;
    assert_eq!(inner.account().await.unwrap().stored, 1);
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_hangs_for_ever_is_asked_again_and_each_time_given_up() {
    let hangs = Arc::new(Faulty::new(memory()).delaying(|_| Duration::from_secs(1 << 30)));
    let storage = Layers::around(Arc::clone(&hangs) as _).timeout(5 * A_SECOND).retry(three_tries()).build();
    let begun = Instant::now();
    let given_up = storage.account().await.unwrap_err();
    assert_eq!((given_up.kind(), given_up.permanence()), (&StorageErrorKind::Timeout, Permanence::Exhausted));
    assert_eq!((hangs.asked(), begun.elapsed()), (3, 17 * A_SECOND));
}

/// Opens after three failures in a row, for ten seconds.
fn three_failures() -> CircuitBreaker {
    let trip_on = TripOn::ConsecutiveFailures(3);
    CircuitBreaker::new(BreakerConfig { trip_on, open_for: 10 * A_SECOND, probes: 1 }).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_breaker_opens_says_until_when_lets_a_probe_through_and_closes() {
    let breaker = three_failures();
    let faulty = Arc::new(Faulty::new(memory()).failing(times(4, StorageErrorKind::Connection)));
    let storage = Layers::around(Arc::clone(&faulty) as _).breaker(breaker.clone()).build();
    for _ in 0..3 {
        assert_eq!(breaker.phase(), BreakerPhase::Closed);
        assert!(storage.account().await.unwrap_err().to_string().contains("as a test wants it"));
    }
    tokio::time::advance(4 * A_SECOND).await;
    let open = storage.documents().get("job", "1").await.unwrap_err();
    assert!(open.is_temporary() && faulty.asked() == 3, "it is not asked while it is open");
    let told = open.to_string();
    assert!(told.contains("asked again in 6s") && told.contains("last: test: as a test wants it"), "{told}");

    tokio::time::advance(6 * A_SECOND).await;
    assert!(
        storage.account().await.unwrap_err().to_string().contains("as a test wants it"),
        "the probe fails"
    );
    assert_eq!((faulty.asked(), breaker.phase()), (4, BreakerPhase::Open));
    tokio::time::advance(10 * A_SECOND).await;
    storage.account().await.unwrap();
    assert_eq!((faulty.asked(), breaker.phase()), (5, BreakerPhase::Closed));
}

#[tokio::test(start_paused = true)]
async fn refusals_and_conflicts_never_open_the_breaker() {
    let breaker = three_failures();
    let inner = memory();
    let refused = |_: &Save| Some(error(StorageErrorKind::Capacity));
    let faulty = Faulty::new(Arc::clone(&inner)).refusing(refused).failing(|method| match method {
        "count" => Some(error(StorageErrorKind::Transaction)),
        "page" => Some(error(StorageErrorKind::Validation)),
        _ => None,
    });
    let storage = Layers::around(Arc::new(faulty)).breaker(breaker.clone()).build();
    for _ in 0..9 {
        storage.save(fixture::record(1)).await.unwrap_err();
        storage.count(&QueryCriteria::default(), 1).await.unwrap_err();
        storage.page(&PageRequest::new(QueryCriteria::default())).await.unwrap_err();
        storage.documents().put("job", "1", &json!(1), Expect::Version(7)).await.unwrap_err();
    }
    assert_eq!(breaker.phase(), BreakerPhase::Closed);
}

/// What was told: operation, milliseconds, kind of error.
type Told = Arc<Mutex<Vec<(&'static str, u128, Option<&'static str>)>>>;

fn listening() -> (Told, Observers) {
    let told = Told::default();
    let noted = Arc::clone(&told);
    let listen = move |event: &DlqEvent<'_>| {
        if let DlqEvent::StorageAsked { operation, took, error } = event {
            noted.lock().unwrap().push((*operation, took.as_millis(), *error));
        }
    };
    (told, Observers::default().with(Arc::new(listen)))
}

#[tokio::test(start_paused = true)]
async fn each_call_is_told_with_how_long_it_took_and_what_came_of_it() {
    let (told, observers) = listening();
    let faulty = Faulty::new(memory()).delaying(|_| A_SECOND).failing(|method| match method {
        "page" => Some(error(StorageErrorKind::Connection)),
        _ => None,
    });
    let storage = Layers::around(Arc::new(faulty)).observed(observers).build();
    storage.save(fixture::record(1)).await.unwrap();
    storage.documents().list("job", None, 1).await.unwrap();
    storage.page(&PageRequest::new(QueryCriteria::default())).await.unwrap_err();
    let left = tokio::time::timeout(A_SECOND / 2, storage.account()).await;
    assert!(left.is_err());
    let expected = [
        ("save_batch", 1_000, None),
        ("document_list", 1_000, None),
        ("page", 0, Some("connection")),
        ("account", 500, Some("abandoned")),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn stacked_they_count_a_lost_write_once_and_tell_one_call() {
    let (told, observers) = listening();
    let breaker = three_failures();
    let faulty = Faulty::new(memory()).losing(times(2, StorageErrorKind::Connection));
    let storage = Layers::around(Arc::new(faulty))
        .timeout(5 * A_SECOND)
        .retry(three_tries())
        .breaker(breaker.clone())
        .observed(observers)
        .build();
    storage.save(fixture::record(1)).await.unwrap();
    assert_eq!(storage.account().await.unwrap().stored, 1);
    assert_eq!(*told.lock().unwrap(), [("save_batch", 2_000, None), ("account", 0, None)]);
    assert_eq!(breaker.phase(), BreakerPhase::Closed);
}
