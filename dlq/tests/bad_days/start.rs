//! A mistake in the configuration never half-starts; a cluster that is away is no mistake.

use dlq::traffic::spring;

use crate::rig::{Cluster, Process, Store, dlq_and_errors, produce, topic, unique, until, until_stored};

#[test]
fn a_quarantine_that_would_drop_what_it_keeps_is_a_mistake_and_nothing_is_captured() {
    let (store, dead, group) = (Store::sqlite(), topic("orders-dlt", 1), unique("dlq"));
    let drops = topic("not-a-quarantine", 1);
    let serve = ["serve", "--topics", &dead, "--group-id", &group];
    let (code, _, told) = dlq_and_errors(&store, &serve, &[("DLQ__QUARANTINE__TOPIC", &drops)]);
    assert_eq!(code, Some(2), "{told}");
    for words in ["quarantine.topic", drops.as_str(), "retention.ms", "cleanup.policy"] {
        assert!(told.contains(words), "{words:?} is missing in {told}");
    }
    assert_eq!(Cluster::shared().committed(&group, &dead, 0), None);
}

#[test]
fn a_cluster_that_is_away_at_the_start_is_waited_for_and_told_of() {
    let (store, dead) = (Store::sqlite().filled_from("127.0.0.1:1"), topic("orders-dlt", 1));
    let serve = Process::serve(&store, &dead, &unique("dlq"));
    until("it says that it waits", || serve.says(&["Kafka does not answer", "kafka.brokers"]));
    assert_eq!(serve.terminate(), Some(0));
}

#[test]
fn a_topic_that_is_not_there_is_named_and_captured_once_it_is() {
    let (store, early, late) = (Store::sqlite(), topic("orders-dlt", 1), unique("late-dlt"));
    let serve = Process::serve(&store, &format!("{early},{late}"), &unique("dlq"));
    until("it is named", || serve.says(&["WARN", "no such dead-letter topic", &late]));
    assert!(!serve.says(&["no such dead-letter topic", &early]));
    assert!(Cluster::shared().make(&late, 1, &[]));
    let written = produce(&late, (0..5).map(spring::letter));
    until_stored(&store, written);
    assert_eq!(serve.terminate(), Some(0));
}
