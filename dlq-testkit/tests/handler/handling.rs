//! Records are handled: in their order, as the policy says, and no longer than there is time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dlq_core::handler::{Fate, HandlingError, Mode};
use dlq_core::policy::{RetryPolicy, ScopedPolicies};
use dlq_core::{DlqStatus, DlqStorageExt, ErrorType};

use super::{Rig, ended, letter, small};

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
