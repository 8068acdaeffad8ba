//! Letters that failed at their home, and what is to arrive there.

use dlq::traffic::{Letter, Place, connect, spring};

use crate::rig::{produce, topic};

pub(crate) fn spring_letter(original: Letter, place: &Place) -> Letter {
    let causes = "Caused by: java.net.SocketTimeoutException: Read timed out\n";
    let failure =
        spring::Failure::in_listener("billing", "java.net.SocketTimeoutException", "Read timed out", causes);
    spring::dead_letter(original, place, &failure)
}

pub(crate) fn connect_letter(original: Letter, place: &Place) -> Letter {
    let failure = connect::Failure {
        connector: "warehouse",
        stage: "TASK_PUT",
        executed_by: "org.apache.kafka.connect.sink.SinkTask",
        class: "java.lang.IllegalStateException",
        message: None,
        stack_trace: "java.lang.IllegalStateException\n".to_owned(),
    };
    connect::dead_letter(original, place, &failure)
}

pub(crate) fn original(n: u32) -> Letter {
    let letter =
        Letter::new(format!("key-{}", n % 7), format!("{{\"n\":{n}}}")).header("trace", n.to_be_bytes());
    match n % 5 {
        0 => Letter { payload: None, ..letter },
        1 => letter.header("trace", "again").header("__TypeId__", "com.acme.Order"),
        _ => letter,
    }
}

/// A topic with the dead letters of so many originals from `home`.
pub(crate) fn dead(home: &str, letters: u32, dead_letter: fn(Letter, &Place) -> Letter) -> String {
    let dead = topic("dead", 1);
    let place = |n: u32| Place { topic: home.to_owned(), partition: 0, offset: n.into(), timestamp: 7 };
    produce(&dead, (0..letters).map(|n| dead_letter(original(n), &place(n))));
    dead
}

pub(crate) fn text<'a>(letter: &'a Letter, name: &str) -> &'a str {
    std::str::from_utf8(letter.value(name).unwrap_or_else(|| panic!("{name} is missing in {letter:?}")))
        .unwrap()
}

/// What its user wrote.
pub(crate) fn users_own(letter: &Letter) -> Letter {
    let is_ours = |name: &[u8]| name.starts_with(b"dlq.");
    let headers = letter.headers.iter().filter(|(name, _)| !is_ours(name)).cloned().collect();
    Letter { headers, ..letter.clone() }
}
