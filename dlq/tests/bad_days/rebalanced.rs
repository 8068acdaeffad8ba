//! Members of the group come, go and die while there is much to capture, under each of Kafka's protocols.

use crate::rig::{
    DEAD_AFTER_6_S, Load, Process, Store, assert_accounted, rounds, stored, topic, unique, until,
    until_stored,
};

/// The assignment of the classic protocol, where a rebalance takes everything from everyone.
const RANGE: (&str, &str) = ("DLQ__KAFKA__CLIENT__PARTITION__ASSIGNMENT__STRATEGY", "range");
/// The protocol of Kafka 4, where the broker assigns.
const CONSUMER: (&str, &str) = ("DLQ__KAFKA__CLIENT__GROUP__PROTOCOL", "consumer");

type Settings<'a> = &'a [(&'a str, &'a str)];

fn has_partitions(member: &Process) -> bool {
    let assigned = member.said(&["partitions were assigned"]);
    assigned.iter().any(|line| !line.ends_with("partitions=0"))
}

/// In each round a member joins, and the one that was there longest leaves, every other time without a word.
fn under_load(settings: Settings<'_>) {
    let (store, dead, group) = (Store::postgres(), topic("orders-dlt", 6), unique("dlq"));
    let member = || Process::serve_with(&store, &dead, &group, settings);
    let load = Load::on(&dead);
    let mut members = vec![member()];
    for round in 0..rounds(4) {
        let newcomer = member();
        until("the newcomer has partitions", || has_partitions(&newcomer));
        members.push(newcomer);
        if round % 2 == 1 {
            let before = stored(&store);
            until("they capture", || stored(&store) > before);
            let oldest = members.remove(0);
            if round % 4 == 1 { assert_eq!(oldest.terminate(), Some(0)) } else { oldest.kill9() }
        }
    }
    let produced = load.stop();
    until_stored(&store, produced);
    for member in members {
        assert_eq!(member.terminate(), Some(0));
    }
    assert_accounted(&store, produced);
}

#[test]
fn by_range() {
    under_load(&[DEAD_AFTER_6_S, RANGE]);
}

#[test]
fn cooperatively() {
    under_load(&[DEAD_AFTER_6_S]);
}

#[test]
fn by_the_broker() {
    under_load(&[CONSUMER]);
}
