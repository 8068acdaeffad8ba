//! The handler: every record that is submitted is accounted for, in every mode, under every strategy, whatever the
//! storage does.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dlq_core::engine::gate::{Backpressure, BreakerConfig, Rate, Relief, Rule, Threshold, TripOn};
use dlq_core::engine::intercept::{Interceptor, Masking, RecordOutcome};
use dlq_core::handler::{
    DlqHandler, DlqHandlerBuilder, Fate, HandlerAccount, HandlingError, Leftover, Mode, NotTaken,
};
use dlq_core::policy::{RetryPolicy, ScopedPolicies};
use dlq_core::storage::{SaveOutcome, StorageError, StorageErrorKind};
use dlq_core::{
    Clock, DlqEvent, DlqRecord, DlqStatus, DlqStorage, DlqStorageExt, ErrorType, MemoryStorage, Observer,
    SystemClock, TopicName,
};
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

fn strategies() -> [Backpressure; 5] {
    let adaptive = dlq_core::engine::gate::Adaptive { at_worst: Relief::DropOldest, ..Default::default() };
    let threshold = Threshold { pending: Some(8), beyond: Relief::DropNewest, ..Threshold::default() };
    [
        Backpressure::Block,
        Backpressure::DropOldest,
        Backpressure::DropNewest,
        Backpressure::Adaptive(adaptive),
        Backpressure::Threshold(threshold),
    ]
}

/// Hears what is dropped and turned away, by rule; and in how many events.
#[derive(Debug, Default)]
struct Lost {
    dropped: Mutex<BTreeMap<String, u64>>,
    turned_away: Mutex<BTreeMap<String, u64>>,
    events: AtomicU32,
}

impl Observer for Lost {
    fn on(&self, event: &DlqEvent<'_>) {
        let (sums, rule, records) = match *event {
            DlqEvent::Dropped { rule, records } => (&self.dropped, rule, records),
            DlqEvent::TurnedAway { rule, records } => (&self.turned_away, rule, records),
            _ => return,
        };
        *sums.lock().unwrap().entry(rule.to_owned()).or_default() += records;
        self.events.fetch_add(1, Ordering::SeqCst);
    }
}

impl Lost {
    #[track_caller]
    fn agrees_with(&self, account: &HandlerAccount) {
        let by_name = |sums: &BTreeMap<Rule, u64>| -> BTreeMap<String, u64> {
            sums.iter().map(|(rule, sum)| (rule.to_string(), *sum)).collect()
        };
        assert_eq!(*self.dropped.lock().unwrap(), by_name(&account.dropped));
        assert_eq!(*self.turned_away.lock().unwrap(), by_name(&account.turned_away));
    }
}

#[tokio::test]
async fn what_a_call_drops_or_turns_away_is_told_together_even_by_a_call_that_is_dropped() {
    for (strategy, waits) in [
        (Backpressure::DropOldest, false),
        (Backpressure::DropNewest, false),
        (Backpressure::DropOldest, true),
    ] {
        let (rig, lost) = (Rig::new().away(), Arc::new(Lost::default()));
        let hourly = Rate { permits: NonZeroU32::new(20).unwrap(), per: Duration::from_secs(3600) };
        let builder = small().errors(|errors| {
            let errors = errors.backpressure(strategy);
            if waits { errors.rate(hourly, hourly.permits) } else { errors }
        });
        let builder = builder.metrics(|observers| observers.with(Arc::clone(&lost) as _));
        let handler = builder.storage(rig.storage()).start().await.unwrap();
        let letters = (0..100).map(letter).collect();
        let patience = if waits { Duration::from_millis(50) } else { LONG };
        let answers = tokio::time::timeout(patience, handler.submit_batch(letters)).await;
        assert_eq!(answers.is_err(), waits);
        let account = handler.account();
        let sum: u64 = account.dropped.values().chain(account.turned_away.values()).sum();
        assert!(sum > 0, "{account:?}");
        lost.agrees_with(&account);
        let told = u64::from(lost.events.load(Ordering::SeqCst));
        assert!(waits || told < sum / 4, "{told} events for {sum} records");
        rig.back();
        ended(&handler).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_record_is_accounted_for_in_every_mode_under_every_strategy() {
    for mode in Mode::ALL {
        for strategy in strategies() {
            let rig = Rig::new();
            let lost = Arc::new(Lost::default());
            let builder = handling(small(), mode).errors(|errors| errors.backpressure(strategy));
            let builder = builder.metrics(|observers| observers.with(Arc::clone(&lost) as _));
            let handler = builder.storage(rig.storage()).start().await.unwrap();
            let submitters = (0..4).map(|part| {
                let handler = handler.clone();
                tokio::spawn(async move {
                    let mut turned_away = 0;
                    for n in 0..25 {
                        let records = (0..10).map(|m| letter(part * 250 + n * 10 + m)).collect();
                        let answers = handler.submit_batch(records).await;
                        turned_away += answers.iter().filter(|answer| answer.is_err()).count() as u64;
                    }
                    turned_away
                })
            });
            let submitters: Vec<_> = submitters.collect();
            let mut turned_away = 0;
            for submitter in submitters {
                turned_away += submitter.await.unwrap();
            }
            ended(&handler).await;
            let account = handler.account();
            let told = format!("{mode}, {strategy:?}: {account:?}");
            assert!(account.balances() && account.submitted == 1000 && account.pending == 0, "{told}");
            assert_eq!(account.turned_away.values().sum::<u64>(), turned_away, "{told}");
            lost.agrees_with(&account);
            assert_eq!(account.stored, rig.stored().await, "{told}");
            if strategy == Backpressure::Block {
                assert_eq!(account.stored, 1000, "{told}");
            }
            if mode != Mode::Batch {
                assert_eq!(account.handled, account.stored, "{told}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_storage_is_away_the_oldest_make_room_and_their_tickets_say_so() {
    for mode in Mode::ALL {
        let rig = Rig::new().away();
        let builder = handling(small(), mode).errors(|errors| errors.backpressure(Backpressure::DropOldest));
        let handler = builder.storage(rig.storage()).start().await.unwrap();
        let mut tickets = Vec::new();
        for n in 0..100 {
            tickets.push(handler.submit(letter(n)).await.unwrap());
        }
        let account = handler.account();
        assert_eq!(
            (account.dropped.get(&Rule::Pending), account.pending),
            (Some(&84), 16),
            "{mode}: {account:?}"
        );
        rig.back();
        ended(&handler).await;
        let (mut dropped, mut last) = (0, None);
        for ticket in tickets {
            let fate = ticket.await.unwrap();
            dropped += u32::from(matches!(fate, Fate::Dropped(Rule::Pending)));
            last = Some(fate);
        }
        assert_eq!((dropped, rig.stored().await), (84, 16), "{mode}");
        assert!(last.is_some_and(|fate| fate.is_stored()), "{mode}: the newest is kept");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_turned_away_comes_back_to_its_submitter() {
    let rig = Rig::new().away();
    let builder = small().errors(|errors| errors.backpressure(Backpressure::DropNewest));
    let handler = builder.storage(rig.storage()).start().await.unwrap();
    for n in 0..16 {
        handler.submit(letter(n)).await.unwrap();
    }
    let (one_more, id) = (letter(16), 16);
    let sent = one_more.id;
    let refused = handler.submit(one_more).await.unwrap_err();
    assert!(matches!(refused, NotTaken::TurnedAway { rule: Rule::Pending, .. }), "{id}: {refused:?}");
    assert_eq!(refused.into_record().id, sent);
    rig.back();
    ended(&handler).await;
    let late = handler.submit(letter(17)).await.unwrap_err();
    assert!(matches!(late, NotTaken::Stopped { .. }));
    let account = handler.account();
    assert!(account.balances() && account.stored == 16 && account.handed_back == 1, "{account:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submitter_that_waits_goes_on_when_the_storage_is_back() {
    for mode in Mode::ALL {
        let rig = Rig::new().away();
        let handler = handling(small(), mode).storage(rig.storage()).start().await.unwrap();
        let submitter = tokio::spawn({
            let handler = handler.clone();
            async move { handler.submit_batch((0..40).map(letter).collect()).await.len() }
        });
        while handler.account().pending < 16 {
            tokio::task::yield_now().await;
        }
        assert!(!submitter.is_finished());
        rig.back();
        assert_eq!(submitter.await.unwrap(), 40);
        ended(&handler).await;
        assert_eq!(rig.stored().await, 40, "{mode}");
    }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_that_is_broken_off_loses_no_place() {
    let rig = Rig::new().away();
    let handler = small().storage(rig.storage()).start().await.unwrap();
    for n in 0..16 {
        handler.submit(letter(n)).await.unwrap();
    }
    for n in 16..20 {
        let waits = tokio::time::timeout(Duration::from_millis(5), handler.submit(letter(n)));
        assert!(waits.await.is_err());
    }
    rig.back();
    for n in 20..52 {
        handler.submit(letter(n)).await.unwrap();
    }
    ended(&handler).await;
    let account = handler.account();
    assert!(account.balances() && account.submitted == 48 && account.stored == 48, "{account:?}");
}

#[tokio::test]
async fn what_is_stored_gives_its_place_back_whether_or_not_another_batch_follows() {
    let handler = small().storage(Rig::new().storage()).start().await.unwrap();
    for ticket in handler.submit_batch((0..3).map(letter).collect()).await {
        ticket.unwrap().await.unwrap();
    }
    let metrics = handler.metrics();
    assert_eq!((metrics.pending, metrics.bytes), (0, 0));
    ended(&handler).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_a_key_are_handled_in_their_order_and_never_side_by_side() {
    for mode in [Mode::Parallel, Mode::Hybrid] {
        let seen = Arc::new(Mutex::new(Vec::<(Vec<u8>, u32)>::new()));
        let book = Arc::clone(&seen);
        let handler = small().mode(mode).handle_with(move |record| {
            let book = Arc::clone(&book);
            async move {
                let content = record.captured.content.clone().unwrap();
                let number = content.payload_text().unwrap().parse().unwrap();
                tokio::task::yield_now().await;
                book.lock().unwrap().push((content.key().bytes().unwrap().to_vec(), number));
                Ok(())
            }
        });
        let rig = Rig::new();
        let handler = handler.storage(rig.storage()).start().await.unwrap();
        for n in 0..20 {
            handler.submit_batch((n * 10..n * 10 + 10).map(letter).collect()).await;
        }
        ended(&handler).await;
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 200, "{mode}");
        for key in 0..5 {
            let key = format!("k{key}").into_bytes();
            let of_key: Vec<_> = seen.iter().filter(|(other, _)| *other == key).map(|(_, n)| *n).collect();
            assert!(of_key.is_sorted(), "{mode}: {of_key:?}");
        }
    }
}

#[tokio::test]
async fn how_a_record_was_handled_stands_in_the_storage_as_the_policy_says() {
    let rig = Rig::new();
    let policy = RetryPolicy::builder().max_retries(3).build().unwrap();
    let handler = small().mode(Mode::Hybrid).errors(|errors| errors.retry(ScopedPolicies::new(policy)));
    let handler = handler.handle_with(|record| async move {
        match &*record.captured.content.as_ref().unwrap().payload_text().unwrap() {
            "0" => Ok(()),
            "1" => Err(HandlingError::new("Busy", "try later").of_type(ErrorType::TransientService)),
            "2" => Err(HandlingError::new("Wrong", "never").of_type(ErrorType::Validation)),
            _ => panic!("as a test"),
        }
    });
    let handler = handler.storage(rig.storage()).start().await.unwrap();
    let mut ids = Vec::new();
    for n in 0..4 {
        let ticket = handler.submit(letter(n)).await.unwrap();
        ids.push(ticket.record());
        let fate = ticket.await.unwrap();
        assert_eq!(matches!(fate, Fate::Handled), n == 0, "{fate:?}");
    }
    ended(&handler).await;
    let mut found = Vec::new();
    for id in ids {
        let progress = rig.memory.find_by_id(id).await.unwrap().unwrap().progress;
        found.push((progress.status, progress.due_at.is_some(), progress.retry_count));
    }
    use DlqStatus::{Failed, Success};
    assert_eq!(found[..3], [(Success, false, 1), (Failed, true, 1), (Failed, false, 1)], "{found:?}");
    assert_eq!(found[3].0, Failed, "a panic is a failure, and hurts nobody else");
    let account = handler.account();
    assert!(account.balances() && account.handled == 1 && account.not_handled == 3, "{account:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_breaker_is_open_records_are_turned_away_and_the_writes_find_out_when_it_is_over() {
    let rig = Rig::new().away();
    let breaker = BreakerConfig {
        trip_on: TripOn::ConsecutiveFailures(3),
        open_for: Duration::from_millis(20),
        ..BreakerConfig::default()
    };
    let handler =
        small().errors(|errors| errors.breaker(breaker)).storage(rig.storage()).start().await.unwrap();
    handler.submit(letter(0)).await.unwrap();
    while handler.metrics().breaker != Some("open") {
        tokio::task::yield_now().await;
    }
    let refused = handler.submit(letter(1)).await.unwrap_err();
    assert!(matches!(refused, NotTaken::TurnedAway { rule: Rule::Breaker, .. }), "{refused:?}");
    rig.back();
    while handler.submit(letter(2)).await.is_err() {
        tokio::task::yield_now().await;
    }
    ended(&handler).await;
    assert!(handler.account().balances());
}

#[tokio::test]
async fn a_rate_holds_submitters_up_and_can_be_changed() {
    let hourly = Rate { permits: NonZeroU32::MIN, per: Duration::from_secs(3600) };
    let rig = Rig::new();
    let builder = small().errors(|errors| errors.rate(hourly, NonZeroU32::MIN));
    let handler = builder.storage(rig.storage()).start().await.unwrap();
    handler.submit(letter(0)).await.unwrap();
    let waits = tokio::time::timeout(Duration::from_millis(1), handler.submit(letter(1)));
    assert!(waits.await.is_err());
    handler.set_rate(Rate::per_second(NonZeroU32::MAX)).unwrap();
    handler.submit(letter(2)).await.unwrap();
    ended(&handler).await;
    assert_eq!(rig.stored().await, 2);
}

#[derive(Debug, Default)]
struct Looker {
    before: AtomicU32,
    after: Mutex<Vec<String>>,
}

impl Interceptor for Looker {
    fn before_record(&self, _: &DlqRecord) -> Option<DlqRecord> {
        self.before.fetch_add(1, Ordering::SeqCst);
        None
    }

    fn after_record(&self, _: &DlqRecord, outcome: &RecordOutcome<'_>) {
        self.after.lock().unwrap().push(outcome.kind().to_string());
        panic!("as a test");
    }
}

#[tokio::test]
async fn interceptors_hear_the_true_outcome_and_a_panicking_one_hurts_nobody() {
    let looker = Arc::new(Looker::default());
    let rig = Rig::new();
    let builder = small().mode(Mode::Hybrid).handle_with(|_| async { Ok(()) });
    let builder = builder.interceptors(|chain| chain.with(Arc::clone(&looker) as _));
    let handler = builder.storage(rig.storage()).start().await.unwrap();
    for n in 0..2 {
        handler.submit(letter(n)).await.unwrap().await.unwrap();
    }
    ended(&handler).await;
    assert_eq!(looker.before.load(Ordering::SeqCst), 2);
    assert_eq!(*looker.after.lock().unwrap(), ["stored", "handled", "stored", "handled"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_turned_away_comes_back_as_it_was_submitted_whatever_interceptors_make_of_it() {
    let masking = Masking::builder().field("secret").build().unwrap();
    let rig = Rig::new().away();
    let builder = small().errors(|errors| errors.backpressure(Backpressure::DropNewest));
    let builder = builder.interceptors(|chain| chain.with(Arc::new(masking)));
    let handler = builder.storage(rig.storage()).start().await.unwrap();
    let payload = r#"{"secret":"s3cret"}"#;
    let secret = || DlqRecord::builder().payload(payload).build(SystemClock.now()).unwrap();
    let ticket = handler.submit(secret()).await.unwrap();
    for n in 1..16 {
        handler.submit(letter(n)).await.unwrap();
    }
    let back = handler.submit(secret()).await.unwrap_err().into_record();
    assert_eq!(back.captured.content.as_ref().unwrap().payload_text().unwrap(), payload);
    rig.back();
    let id = ticket.record();
    ended(&handler).await;
    let stored = rig.memory.find_by_id(id).await.unwrap().unwrap();
    assert!(!stored.captured.content.as_ref().unwrap().payload_text().unwrap().contains("s3cret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_and_could_not_be_handled_in_time_stays_due_and_its_ticket_says_stored() {
    let rig = Rig::new();
    let builder = small().mode(Mode::Hybrid).handle_with(|_| std::future::pending());
    let handler = builder.storage(rig.storage()).start().await.unwrap();
    let tickets = handler.submit_batch((0..12).map(letter).collect()).await;
    while rig.stored().await < 12 {
        tokio::task::yield_now().await;
    }
    let left = handler.stop(Duration::from_millis(50)).await;
    assert!(left.records.is_empty() && left.unhandled == 12, "{left:?}");
    let mut stored = 0;
    for ticket in tickets {
        // Those that were being handled say nothing: nobody knows how far their handlers came.
        stored += u32::from(ticket.unwrap().await.is_ok_and(|fate| fate.is_stored()));
    }
    assert!(stored > 0 && handler.account().balances(), "{stored}");
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
