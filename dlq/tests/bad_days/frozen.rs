//! `dlq serve` stands still for longer than its session, as in a machine that is suspended, and goes on.

use std::time::Duration;

use crate::rig::{
    DEAD_AFTER_6_S, Load, Process, Store, assert_accounted, members_at_work, moments, rounds, stored, topic,
    unique, until, until_stored,
};

/// Moves watermarks so rarely that the one that stands still has stored what it has not counted.
const RARELY: (&str, &str) = ("DLQ__CAPTURE__COMMIT_INTERVAL", "3s");

/// What the late one has stored and not counted, another captures again and counts: it must not count it, too.
#[test]
fn while_another_takes_over() {
    let (store, dead, group) = (Store::postgres(), topic("orders-dlt", 4), unique("dlq"));
    let late = Process::serve_with(&store, &dead, &group, &[DEAD_AFTER_6_S, RARELY]);
    let other = Process::serve_with(&store, &dead, &group, &[DEAD_AFTER_6_S]);
    until("both have partitions", || members_at_work(&group) == 2);
    let load = Load::on(&dead);
    for (_, moment) in (0..rounds(2)).zip(moments(Duration::from_millis(400))) {
        let before = stored(&store);
        until("they capture", || stored(&store) > before);
        std::thread::sleep(moment);
        late.signal("STOP");
        until("the other has all to itself", || members_at_work(&group) == 1);
        let taken_over = stored(&store);
        until("it captures", || stored(&store) > taken_over);
        late.signal("CONT");
        until("both have partitions again", || members_at_work(&group) == 2);
    }
    let produced = load.stop();
    until_stored(&store, produced);
    assert_eq!((late.terminate(), other.terminate()), (Some(0), Some(0)));
    assert_accounted(&store, produced);
}
