//! Kafka no longer has what it had: the topic was made anew, retention was faster, or the group's offsets expired.

use dlq::traffic::Letter;

use crate::rig::{
    Cluster, DEAD_AFTER_6_S, Process, Store, assert_accounted, capture, dlq, produce, records, stored, topic,
    unique, until, until_stored,
};

fn letters(life: &str, count: usize) -> Vec<Letter> {
    (0..count).map(|n| Letter::new("key", format!("{life} {n}"))).collect()
}

/// Everything of both lives is there once. Kafka itself can only vouch for the second.
fn assert_both_lives(store: &Store, first: usize, second: usize) {
    let all = records(store);
    assert_eq!(all.len(), first + second);
    let (code, out) = dlq(store, &["account"]);
    assert_eq!(code, Some(0), "{out}");
}

fn recreated_while_stopped(second: usize) {
    let (store, dead) = (Store::sqlite(), topic("orders-dlt", 1));
    produce(&dead, letters("first", 50));
    capture(&store, &dead, 50);
    Cluster::shared().recreate(&dead);
    produce(&dead, letters("second", second));
    let serve = Process::serve(&store, &dead, &unique("dlq"));
    until_stored(&store, 50 + second);
    assert!(serve.says(&["the topic was recreated", "capture begins anew"]));
    assert_eq!(serve.terminate(), Some(0));
    assert_both_lives(&store, 50, second);
}

#[test]
fn a_topic_that_was_made_anew_while_nobody_looked_and_is_shorter() {
    recreated_while_stopped(20);
}

#[test]
fn a_topic_that_was_made_anew_while_nobody_looked_and_is_longer() {
    recreated_while_stopped(80);
}

/// The client goes on by itself where it stood: what is below must not be skipped.
fn recreated_while_captured(second: usize) {
    let (store, dead) = (Store::sqlite(), topic("orders-dlt", 1));
    produce(&dead, letters("first", 50));
    let serve = Process::serve(&store, &dead, &unique("dlq"));
    until_stored(&store, 50);
    Cluster::shared().recreate(&dead);
    produce(&dead, letters("second", second));
    until_stored(&store, 50 + second);
    assert!(serve.says(&["the topic was recreated", "capture begins anew"]));
    assert_eq!(serve.terminate(), Some(0));
    assert_both_lives(&store, 50, second);
}

#[test]
fn a_topic_that_was_made_anew_while_it_was_captured_and_is_shorter() {
    recreated_while_captured(20);
}

#[test]
fn a_topic_that_was_made_anew_while_it_was_captured_and_is_longer() {
    recreated_while_captured(80);
}

/// The client reads on where it stood, behind a beginning that nobody has read.
#[test]
fn a_topic_that_was_made_anew_while_a_server_stood_still_and_is_longer() {
    let (store, dead, group) = (Store::sqlite(), topic("orders-dlt", 1), unique("dlq"));
    produce(&dead, letters("first", 50));
    let serve = Process::serve(&store, &dead, &group);
    until_stored(&store, 50);
    until("the first life is committed", || Cluster::shared().committed(&group, &dead, 0) == Some(50));
    serve.signal("STOP");
    Cluster::shared().recreate(&dead);
    produce(&dead, letters("second", 80));
    serve.signal("CONT");
    until_stored(&store, 130);
    assert!(serve.says(&["the topic was recreated", "capture begins anew"]));
    assert_eq!(serve.terminate(), Some(0));
    assert_both_lives(&store, 50, 80);
}

#[test]
fn retention_that_was_faster() {
    let (store, dead, group) = (Store::sqlite(), topic("orders-dlt", 1), unique("dlq"));
    produce(&dead, letters("kept", 50));
    let serve = Process::serve(&store, &dead, &group);
    until_stored(&store, 50);
    assert_eq!(serve.terminate(), Some(0));
    produce(&dead, letters("lost", 30));
    produce(&dead, letters("late", 20));
    Cluster::shared().delete_below(&dead, 80);
    let serve = Process::serve(&store, &dead, &group);
    until_stored(&store, 70);
    assert!(serve.says(&["ERROR", "retention took", &dead, "from=50", "to=80"]), "the range is named");
    assert_eq!(serve.terminate(), Some(0));
    assert_both_lives(&store, 50, 20);
}

/// While it is away, what it was about to read goes; the client would have it begin anywhere.
#[test]
fn retention_that_was_faster_than_a_server_that_stood_still() {
    let (store, dead, group) = (Store::sqlite(), topic("orders-dlt", 1), unique("dlq"));
    produce(&dead, letters("kept", 50));
    let serve = Process::serve_with(&store, &dead, &group, &[DEAD_AFTER_6_S]);
    until_stored(&store, 50);
    serve.signal("STOP");
    produce(&dead, letters("lost", 30));
    Cluster::shared().delete_below(&dead, 80);
    serve.signal("CONT");
    produce(&dead, letters("late", 20));
    until("it says so or has it all", || stored(&store) >= 70);
    let lost = 100 - usize::try_from(stored(&store)).unwrap();
    assert!(
        lost == 0 || serve.says(&["ERROR", "retention took", &dead, "from=", "to=80"]),
        "{lost} are missed"
    );
    assert_eq!(serve.terminate(), Some(0));
}

/// The watermark decides: nothing that was purged comes back, nothing is captured twice, nothing is missed.
#[test]
fn offsets_of_the_group_that_expired() {
    let (store, dead, group) = (Store::sqlite(), topic("orders-dlt", 1), unique("dlq"));
    produce(&dead, letters("first", 50));
    let serve = Process::serve(&store, &dead, &group);
    until_stored(&store, 50);
    assert_eq!(serve.terminate(), Some(0));
    let kafka = Cluster::shared();
    assert_eq!(kafka.committed(&group, &dead, 0), Some(50));
    let before = records(&store);
    kafka.forget_group(&group);
    assert_eq!(kafka.committed(&group, &dead, 0), None);
    produce(&dead, letters("second", 10));
    let serve = Process::serve(&store, &dead, &group);
    until_stored(&store, 60);
    assert_eq!(serve.terminate(), Some(0));
    assert_eq!(kafka.committed(&group, &dead, 0), Some(60));
    let after = records(&store);
    assert!(before.iter().all(|record| after.contains(record)), "what was there is as it was");
    assert_accounted(&store, 60);
}
