//! What interceptors hear, and what they change.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use dlq_core::engine::gate::Backpressure;
use dlq_core::engine::intercept::{Interceptor, Masking, RecordOutcome};
use dlq_core::handler::Mode;
use dlq_core::{Clock, DlqRecord, DlqStorageExt, SystemClock};

use super::{Rig, ended, letter, small};

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
