//! Kafka delivers again what was stored before, and what has gone on meanwhile.

use crate::letters::{dead, spring_letter};
use crate::rig::{
    DEAD_AFTER_6_S, Process, Store, account, assert_accounted, count_of, dlq, records, stored, topic, unique,
    until, until_stored,
};

/// Killed after it stored, before any watermark moved and any offset was committed: all comes again.
#[test]
fn what_was_sent_home_meanwhile_stays_as_it_is() {
    let (store, group, home) = (Store::sqlite(), unique("dlq"), topic("orders", 1));
    let dead = dead(&home, 200, spring_letter);
    let rarely = [DEAD_AFTER_6_S, ("DLQ__CAPTURE__COMMIT_INTERVAL", "60s")];
    let serve = Process::serve_with(&store, &dead, &group, &rarely);
    until("all are stored", || stored(&store) == 200);
    serve.kill9();
    assert_eq!(account(&store).unwrap()["captured"], 0, "no watermark has moved");

    assert_eq!(dlq(&store, &["redrive", "--all", "--yes"]).0, Some(0));
    let redriven = records(&store);
    assert!(redriven.iter().all(|record| record["status"] == "success"));

    let serve = Process::serve_with(&store, &dead, &group, &[DEAD_AFTER_6_S]);
    until_stored(&store, 200);
    assert_eq!(serve.terminate(), Some(0));
    assert_eq!(records(&store), redriven, "versions, statuses, attempts: all as it was");
    assert_accounted(&store, 200);
    assert_eq!(dlq(&store, &["redrive", "--all", "--yes"]).0, Some(3), "nothing is left to send");
    assert_eq!(count_of(&home), 200);
}
