//! What becomes of each record is counted and told, in every mode and under every strategy.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dlq_core::engine::gate::{Backpressure, Rate, Relief, Rule, Threshold};
use dlq_core::handler::{HandlerAccount, Mode};
use dlq_core::{DlqEvent, Observer};

use super::{LONG, Rig, ended, handling, letter, small};

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
