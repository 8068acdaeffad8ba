//! What a running server tells over HTTP, while things go wrong around it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(unused_imports, reason = "each test file uses its part")]
mod rig;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use dlq::traffic::spring;
use dlq_testkit::server::{PrivateKafka, PrivatePostgres};
use rig::{Cluster, Process, Store, dlq, produce, topic, unique, until};
use serde_json::Value;

/// An address of a test's own.
fn address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// The status and the body of an answer; status 0 where nobody answers.
fn get(address: &str, path: &str) -> (u16, String) {
    let answer = TcpStream::connect(address).and_then(|mut stream| {
        stream.set_read_timeout(Some(rig::SOON))?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    let Ok(answer) = answer else { return (0, String::new()) };
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn status(address: &str, path: &str) -> u16 {
    get(address, path).0
}

fn report(address: &str) -> Value {
    serde_json::from_str(&get(address, "/readyz").1).unwrap_or_default()
}

/// The number of a series; `None` where it is not on the page.
fn number(address: &str, series: &str) -> Option<f64> {
    let page = get(address, "/metrics").1;
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    line.parse().ok()
}

fn serve(store: &Store, dead: &str, address: &str) -> Process {
    Process::serve_with(store, dead, &unique("dlq"), &[("DLQ__SERVER__LISTEN", address)])
}

fn letters(topic: &str, count: u64) -> f64 {
    produce(topic, (0..count).map(spring::letter));
    count as f64
}

#[test]
fn metrics_count_what_is_captured_and_readiness_follows_the_storage() {
    let mut server = PrivatePostgres::start();
    let (store, dead, address) = (Store::in_schema_of(&server.url()), topic("orders-dlt", 3), address());
    let written = letters(&dead, 500);
    let serve = serve(&store, &dead, &address);
    until("all is counted", || number(&address, "dlq_stored_records_total") == Some(written));
    until("it is ready", || status(&address, "/readyz") == 200);
    until("the books are read", || {
        number(&address, r#"dlq_records{status="pending"}"#) == Some(written)
            && number(&address, r#"dlq_books_difference_records{side="arrived"}"#) == Some(0.0)
    });
    assert_eq!((status(&address, "/livez"), status(&address, "/startupz")), (200, 200));
    let url = format!("http://{address}/readyz");
    assert_eq!(dlq(&store, &["healthcheck", "--url", &url]).0, Some(0));

    server.kill9();
    until("it is not ready", || status(&address, "/readyz") == 503);
    let told = report(&address);
    assert_eq!((&told["ready"], &told["storage"]["ok"]), (&false.into(), &false.into()), "{told}");
    assert!(told["storage"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{told}");
    assert_eq!(told["kafka"]["ok"], true, "{told}");
    assert_eq!((status(&address, "/livez"), status(&address, "/startupz")), (200, 200));
    assert_eq!(number(&address, r#"dlq_records{status="pending"}"#), Some(written), "as it was last told");
    let (code, told) = dlq(&store, &["healthcheck", "--url", &url]);
    assert!(code == Some(1) && told.contains("\"ready\":false"), "{told}");

    server.restart();
    until("it is ready again", || status(&address, "/readyz") == 200);
    assert_eq!(serve.terminate(), Some(0));
    assert_eq!(dlq(&store, &["healthcheck", "--url", &url]).0, Some(1));
}

/// With its storage away it cannot finish, so that one can look at it meanwhile.
#[test]
fn told_to_stop_it_is_no_longer_ready_and_lives_until_told_again() {
    let mut server = PrivatePostgres::start();
    let (store, dead, address) = (Store::in_schema_of(&server.url()), topic("orders-dlt", 3), address());
    let written = letters(&dead, 50);
    let serve = serve(&store, &dead, &address);
    until("it captures", || number(&address, "dlq_stored_records_total") == Some(written));
    server.kill9();
    letters(&dead, 50);
    until("a batch waits", || number(&address, "dlq_storage_breaker_open") == Some(1.0));
    serve.signal("TERM");
    until("it is told to stop", || report(&address)["running"]["ok"] == false);
    let told = report(&address);
    assert_eq!(told["running"]["reason"], "told to stop", "{told}");
    assert_eq!((status(&address, "/readyz"), status(&address, "/livez")), (503, 200));
    serve.signal("TERM");
    assert_eq!(serve.wait(), Some(130));
}

#[test]
fn readiness_follows_the_brokers_also_where_nothing_arrives() {
    let mut kafka = PrivateKafka::start();
    let cluster = Cluster(kafka.address());
    let (store, dead, address) =
        (Store::sqlite().filled_from(kafka.address()), cluster.topic("orders-dlt", 3), address());
    let serve = serve(&store, &dead, &address);
    until("it is ready", || status(&address, "/readyz") == 200);

    for freezes in [false, true] {
        if freezes {
            kafka.freeze()
        } else {
            kafka.kill9()
        }
        until("it is not ready", || status(&address, "/readyz") == 503);
        let told = report(&address);
        assert_eq!((&told["brokers"]["ok"], &told["storage"]["ok"]), (&false.into(), &true.into()), "{told}");
        let reason = told["brokers"]["reason"].as_str().unwrap();
        assert!(reason.contains("no broker answers"), "{told}");
        if freezes {
            kafka.thaw()
        } else {
            kafka.restart()
        }
        until("it is ready again", || status(&address, "/readyz") == 200);
    }
    assert_eq!(serve.terminate(), Some(0));
}
