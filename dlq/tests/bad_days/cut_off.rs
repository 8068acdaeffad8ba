//! The network between `dlq serve` and PostgreSQL fails, and Kafka's does not.

use std::time::Duration;

use dlq_testkit::fault::{Proxy, Way};
use dlq_testkit::server::Server;

use crate::rig::{Load, Process, Store, assert_accounted, back, stored, topic, unique, until, until_stored};

/// How long the network is away.
const AWAY: Duration = Duration::from_secs(8);

/// A server that captures under load through a proxy; `fail` makes the network fail, and heals it.
fn under_load(fail: impl FnOnce(&Proxy, &Process)) {
    let server: url::Url = Server::named("postgres").url().parse().unwrap();
    let proxy = Proxy::to(server.socket_addrs(|| Some(5432)).unwrap()[0]);
    let (store, dead) = (Store::postgres(), topic("orders-dlt", 3));
    let mut serve = Process::serve(&store.through(proxy.address()), &dead, &unique("dlq"));
    let load = Load::on(&dead);
    until("it captures", || stored(&store) > 0);
    fail(&proxy, &serve);
    back::assert_captures_again(&store);
    assert!(serve.is_alive());
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, produced);
}

#[test]
fn a_network_that_goes_silent_and_comes_back() {
    under_load(|proxy, serve| {
        proxy.be(Way::Silent);
        serve.assert_idle_for(AWAY);
        proxy.be(Way::Open);
    });
}

#[test]
fn a_network_that_resets_every_connection_for_a_while() {
    under_load(|proxy, serve| {
        proxy.be(Way::Closed);
        serve.assert_idle_for(AWAY);
        until("it says so", || {
            serve.says(&["the storage does not take what is captured", "reachable from here"])
        });
        proxy.be(Way::Open);
    });
}

/// Half-open connections: no answer ever comes, and no end.
#[test]
fn a_network_that_forgets_who_is_connected() {
    under_load(|proxy, serve| {
        proxy.forget();
        until("it says so", || {
            serve.says(&["the storage does not take what is captured", "reachable from here"])
        });
    });
}

#[test]
fn a_slow_network() {
    under_load(|proxy, serve| {
        proxy.be(Way::Slow(Duration::from_millis(100)));
        serve.assert_idle_for(Duration::from_secs(3));
    });
}
