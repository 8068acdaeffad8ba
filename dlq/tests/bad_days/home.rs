//! The way home: what arrives at the original topics is what came, and only the exit code tells how it went.

use dlq::traffic::Letter;
use serde_json::Value;

use crate::letters::{connect_letter, dead, original, spring_letter, text, users_own};
use crate::rig::{
    Store, all_of, assert_accounted, capture, count_of, dlq, dlq_with, ids_with_status, produce, records,
    show, topic, unique,
};

/// Every original is at home once, with our headers, and its record tells where.
fn assert_home(store: &Store, home: &str, letters: u32) {
    let arrived = all_of(home);
    let mut own: Vec<_> = arrived.iter().map(|(letter, _)| users_own(letter)).collect();
    for n in 0..letters {
        let place = own.iter().position(|letter| *letter == original(n));
        own.remove(place.unwrap_or_else(|| panic!("{:?} is not among {own:?}", original(n))));
    }
    assert!(own.is_empty(), "nothing else arrived: {own:?}");
    for (letter, place) in &arrived {
        let record = show(store, text(letter, "dlq.record.id"));
        let attempt = &record["attempt"];
        assert_eq!((&record["status"], &attempt["open"]), (&"success".into(), &false.into()));
        assert_eq!(attempt["redrive_id"], text(letter, "dlq.redrive.id"));
        assert_eq!((&attempt["number"], text(letter, "dlq.attempt")), (&1.into(), "1"));
        assert_eq!((&attempt["target"], text(letter, "dlq.origin.topic")), (&home.into(), home));
        assert_eq!(
            (&attempt["partition"], &attempt["offset"]),
            (&place.partition.into(), &place.offset.into())
        );
    }
}

/// Runs `dlq redrive` and answers its exit code and what it prints.
fn redrive(store: &Store, arguments: &[&str]) -> (Option<i32>, Value) {
    let arguments: Vec<_> = ["redrive", "-o", "json"].iter().chain(arguments).copied().collect();
    let (code, out) = dlq(store, &arguments);
    (code, serde_json::from_str(&out).unwrap_or(Value::Null))
}

#[test]
fn every_letter_goes_to_its_own_topic_as_it_was() {
    let (store, count) = (Store::sqlite(), 30);
    let (orders, shipments) = (topic("orders", 3), topic("shipments", 1));
    let dead_topics =
        [dead(&orders, count, spring_letter), dead(&shipments, count, connect_letter), topic("nameless", 1)];
    produce(&dead_topics[2], [Letter::new("from", "nowhere")]);
    capture(&store, &dead_topics.join(","), 61);

    let before = records(&store);
    let (code, looked) = redrive(&store, &["--all", "--dry-run"]);
    assert_eq!((code, &looked["nowhere"]), (Some(0), &1.into()), "{looked}");
    assert_eq!((&looked["targets"][&orders], &looked["targets"][&shipments]), (&count.into(), &count.into()));
    assert_eq!(records(&store), before, "a dry run changes nothing");
    assert_eq!((count_of(&orders), count_of(&shipments)), (0, 0), "and sends nothing");

    let two: Vec<_> = before.iter().filter(|record| record["origin"]["topic"] == *orders).take(2).collect();
    let [one, other] = [&two[0]["id"], &two[1]["id"]].map(|id| id.as_str().unwrap());
    let (code, report) = redrive(&store, &[one, other, "--yes"]);
    assert_eq!((code, &report["delivered"], count_of(&orders)), (Some(0), &2.into(), 2));
    assert_eq!(redrive(&store, &[one]).0, Some(3), "it is done");

    let (code, report) = redrive(&store, &["--all", "--yes"]);
    assert_eq!((code, &report["delivered"], &report["not_sent"]), (Some(0), &58.into(), &1.into()));
    assert_home(&store, &orders, count);
    assert_home(&store, &shipments, count);
    assert_accounted(&store, 61);
    nowhere_to_go(&store, &ids_with_status(&store, "pending"));
}

/// A record whose origin is unknown stays, until someone names a topic that is there.
fn nowhere_to_go(store: &Store, pending: &[String]) {
    let [nameless] = pending else { panic!("one is left: {pending:?}") };
    assert_eq!(redrive(store, &["--all", "--yes"]).0, Some(3));
    let quick = [("DLQ__REDRIVE__SEND_TIMEOUT", "1s")];
    let (code, _) =
        dlq_with(store, &["redrive", nameless, "--yes", "--target-topic", &unique("gone")], &quick);
    assert_eq!(code, Some(1), "no such topic");
    assert!(matches!(show(store, nameless)["status"].as_str(), Some("pending" | "failed")), "it is not lost");
    let elsewhere = topic("elsewhere", 1);
    assert_eq!(redrive(store, &[nameless, "--yes", "--target-topic", &elsewhere]).0, Some(0));
    assert_eq!(users_own(&all_of(&elsewhere)[0].0), Letter::new("from", "nowhere"));
    assert_eq!(show(store, nameless)["status"], "success");
}
