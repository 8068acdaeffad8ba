//! Kafka is killed, stands still, and is cut off, and comes back.

use std::time::Duration;

use dlq_testkit::fault::{Proxy, Way};
use dlq_testkit::server::PrivateKafka;

use crate::rig::{
    Cluster, Load, Process, Store, assert_accounted, back, lasting, rounds, stored, unique, until,
    until_stored,
};

/// How long it stands still, or is cut off: longer than a session.
const AWAY: Duration = Duration::from_secs(12);
const LONG_AWAY: Duration = Duration::from_secs(60);

/// Starting a broker takes long, so one serves all these days, one after another.
#[test]
fn killed_then_frozen_then_cut_off_under_load() {
    let mut proxy = None;
    let mut kafka = PrivateKafka::behind(|listens| proxy.insert(Proxy::to(listens)).address());
    let proxy = proxy.unwrap();
    let cluster = Cluster(kafka.address());
    let (store, dead) = (Store::sqlite().filled_from(kafka.address()), cluster.topic("orders-dlt", 3));
    let mut serve = Process::serve(&store.filled_from(proxy.address()), &dead, &unique("dlq"));
    let away = lasting(AWAY, LONG_AWAY);
    let load = Load::on_topic_of(cluster.clone(), &dead);
    until("it captures", || stored(&store) > 0);

    for _ in 0..rounds(1) {
        kafka.kill9();
        serve.assert_idle_for(Duration::from_secs(5));
        assert!(serve.says(&["Kafka", "the client goes on by itself"]), "it says so");
        kafka.restart();
        back::assert_captures_again(&store);

        kafka.freeze();
        serve.assert_idle_for(away);
        kafka.thaw();
        back::assert_captures_again(&store);

        proxy.be(Way::Silent);
        serve.assert_idle_for(away);
        proxy.be(Way::Open);
        back::assert_captures_again(&store);

        proxy.be(Way::Closed);
        serve.assert_idle_for(Duration::from_secs(5));
        proxy.be(Way::Open);
        back::assert_captures_again(&store);
    }
    assert!(serve.is_alive());
    let produced = load.stop();
    assert_eq!(cluster.count_of(&dead), produced, "the load is written once");
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}
