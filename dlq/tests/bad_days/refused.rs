//! One record of many that the storage refuses.

use dlq::traffic::Letter;
use serde_json::Value;

use crate::rig::{
    Cluster, Process, Store, account, all_of, assert_accounted, dlq_with, produce, topic, unique, until,
    until_stored,
};

const LETTERS: usize = 1000;
/// The place of the one that is refused.
const BAD: usize = 700;
/// Twice the logarithm of a batch, for the one; and a batch is never so small that there are more of them.
const TRIES_MOST: i64 = 2 * LETTERS.ilog2() as i64;
const BATCHES_MOST: i64 = 40;
const NO_QUARANTINE: (&str, &str) = ("DLQ__QUARANTINE__ENABLED", "false");

/// What PostgreSQL says of a row that is too wide for its page, said of one record; and a count of all that is tried.
const REFUSE: &str = "
    CREATE SEQUENCE tries;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF position('refuse me'::bytea IN NEW.block) > 0 THEN
            RAISE EXCEPTION 'row is too big: size 9000, maximum size 8160' USING ERRCODE = '54000';
        END IF;
        RETURN NEW;
    END $$;
    CREATE FUNCTION count_tries() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM nextval('tries');
        RETURN NULL;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON dlq_content FOR EACH ROW EXECUTE FUNCTION refuse();
    CREATE TRIGGER tries BEFORE INSERT ON dlq_content FOR EACH STATEMENT EXECUTE FUNCTION count_tries();
";
const REFUSE_NO_MORE: &str = "DROP TRIGGER refuse ON dlq_content";

fn letters() -> impl Iterator<Item = Letter> {
    (0..LETTERS).map(|n| Letter::new("key", if n == BAD { "refuse me".to_owned() } else { n.to_string() }))
}

/// A storage that refuses one of the letters of a topic of one partition, beside a topic with good ones only.
fn one_is_refused() -> (Store, [String; 2]) {
    let (store, topics) = (Store::postgres(), [topic("orders-dlt", 1), topic("other-dlt", 1)]);
    store.sql(REFUSE);
    produce(&topics[0], letters());
    produce(&topics[1], (0..LETTERS).map(|n| Letter::new("key", n.to_string())));
    (store, topics)
}

/// Everything else is stored, and the refused one costs few statements: with batches this large, there are few.
#[test]
fn without_quarantine_its_partition_is_held_until_the_storage_takes_it() {
    let (store, topics) = one_is_refused();
    let group = unique("dlq");
    let serve = Process::serve_with(&store, &topics.join(","), &group, &[NO_QUARANTINE]);
    until("all but it are stored", || account(&store).unwrap()["stored"] == 2 * LETTERS - 1);
    until("it is told", || serve.says(&["ERROR", "the storage refuses records", &topics[0]]));
    let tries = store.number("SELECT last_value FROM tries");
    // Batches hold what had come; each is tried whole once.
    println!("{tries} statements");
    assert!(tries <= TRIES_MOST + BATCHES_MOST, "{tries} statements");
    let kafka = Cluster::shared();
    until("the other partition goes on", || kafka.committed(&group, &topics[1], 0) == Some(LETTERS));
    let committed = kafka.committed(&group, &topics[0], 0).unwrap_or(0);
    assert!(committed <= BAD, "{committed} are committed");
    store.sql(REFUSE_NO_MORE);
    until_stored(&store, 2 * LETTERS);
    assert_eq!(serve.terminate(), Some(0));
    assert_accounted(&store, 2 * LETTERS);
}

/// It is in quarantine, counted as such, and its partition moves on.
#[test]
fn with_quarantine_its_partition_moves_on() {
    let (store, topics) = one_is_refused();
    let (group, quarantine) = (unique("dlq"), unique("quarantine"));
    let settings = [("DLQ__QUARANTINE__TOPIC", quarantine.as_str())];
    let serve = Process::serve_with(&store, &topics.join(","), &group, &settings);
    let committed = || Cluster::shared().committed(&group, &topics[0], 0);
    until("its partition moves on", || committed() == Some(LETTERS));
    assert_eq!(serve.terminate(), Some(0));
    let books = account(&store).unwrap();
    assert_eq!((&books["quarantined"], &books["balances"]), (&1.into(), &true.into()), "{books}");
    assert_eq!(books["stored"], 2 * LETTERS - 1);
    let (code, verified) = dlq_with(&store, &["account", "--verify", "-o", "json"], &settings);
    let verified: Value = serde_json::from_str(&verified).unwrap();
    let read_again = &verified["verification"];
    assert_eq!((code, &read_again["quarantined"], &read_again["missing"]), (Some(0), &1.into(), &0.into()));
    let is_it = |letter: &Letter| letter.payload.as_deref() == Some(b"refuse me");
    assert!(all_of(&quarantine).iter().any(|(letter, _)| is_it(letter)), "it is kept as it came");
}
