//! [`Health`]: whether a server can do its work, and if not, since when and why.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dlq_core::{Clock, DlqEvent, Observer, Timestamp};
use serde::Serialize;

/// What is known of a server's way to its storage and to Kafka. It hears of them from what happens and from whoever
/// asks them; nobody who asks how it is has to wait for either.
#[derive(Debug)]
pub struct Health {
    clock: Arc<dyn Clock>,
    started: AtomicBool,
    /// Whether the storage answers.
    storage: Mutex<Check>,
    /// Whether there is a source that reads.
    kafka: Mutex<Check>,
    /// Whether brokers answer that source.
    brokers: Mutex<Check>,
    /// Whether it was not told to stop.
    running: Mutex<Check>,
}

/// One thing that must be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Whether it is.
    pub ok: bool,
    /// Since when.
    #[serde(serialize_with = "rfc3339")]
    pub since: Timestamp,
    /// What is so, or why it is not.
    pub reason: String,
}

/// Everything that must be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether all of it is.
    pub ready: bool,
    /// Whether the storage answers.
    pub storage: Check,
    /// Whether there is a source that reads.
    pub kafka: Check,
    /// Whether brokers answer that source.
    pub brokers: Check,
    /// Whether it was not told to stop.
    pub running: Check,
}

impl Health {
    /// Nothing is known yet, so that it is not ready.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let since = clock.now();
        let check = |ok, reason: &str| Mutex::new(Check { ok, since, reason: reason.to_owned() });
        Self {
            storage: check(false, "not opened yet"),
            kafka: check(false, "no partition was assigned yet"),
            brokers: check(true, "nothing else is known"),
            running: check(true, "running"),
            started: AtomicBool::new(false),
            clock,
        }
    }

    /// The storage is open, and capture begins.
    pub fn start(&self) {
        self.started.store(true, Ordering::Release);
        self.storage_answers();
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.started.load(Ordering::Acquire)
    }

    /// It was told to stop: from now on it takes no more.
    pub fn stop(&self) {
        self.note(&self.running, false, "told to stop");
    }

    /// The storage answers.
    pub fn storage_answers(&self) {
        self.note(&self.storage, true, "answers");
    }

    /// The storage does not answer.
    pub fn storage_is_away(&self, reason: impl Display) {
        self.note(&self.storage, false, reason);
    }

    /// How it is, as far as is known.
    #[must_use]
    pub fn report(&self) -> Report {
        let [storage, kafka, brokers, running] = [&self.storage, &self.kafka, &self.brokers, &self.running]
            .map(|check| check.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let ready = storage.ok && kafka.ok && brokers.ok && running.ok;
        Report { ready, storage, kafka, brokers, running }
    }

    /// A check that stays as it is keeps its time; one that stays fine costs nothing more than a look.
    fn note(&self, check: &Mutex<Check>, ok: bool, reason: impl Display) {
        let mut check = check.lock().unwrap_or_else(PoisonError::into_inner);
        if !(ok && check.ok) {
            let since = if ok == check.ok { check.since } else { self.clock.now() };
            *check = Check { ok, since, reason: reason.to_string() };
        }
    }
}

impl Observer for Health {
    fn on(&self, event: &DlqEvent<'_>) {
        match event {
            DlqEvent::Stored { .. } => self.storage_answers(),
            DlqEvent::StoreUnavailable { error, .. } => self.storage_is_away(error),
            DlqEvent::Assigned { .. } | DlqEvent::Captured { .. } | DlqEvent::Advanced { .. } => {
                self.note(&self.kafka, true, "partitions are assigned");
            }
            DlqEvent::Reached { brokers: 0, complaint } => {
                self.note(&self.brokers, false, format_args!("no broker answers{complaint}"));
            }
            DlqEvent::Reached { .. } => self.note(&self.brokers, true, "answer"),
            DlqEvent::SourceStopped { error, .. } => self.note(&self.kafka, false, error),
            _ => {}
        }
    }
}

fn rfc3339<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&crate::output::moment::shown(*time))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dlq_core::ManualClock;

    use super::*;

    fn assigned() -> DlqEvent<'static> {
        DlqEvent::Assigned { partitions: 3 }
    }

    #[test]
    fn it_is_ready_once_the_storage_is_open_and_partitions_are_assigned() {
        let health = Health::new(Arc::new(ManualClock::at(Timestamp::from_millis(1))));
        assert!(!health.report().ready && !health.has_started());
        health.start();
        assert!(!health.report().ready && health.has_started());
        assert_eq!(health.report().kafka.reason, "no partition was assigned yet");
        health.on(&assigned());
        assert!(health.report().ready);
        health.stop();
        assert_eq!((health.report().ready, health.report().running.reason.as_str()), (false, "told to stop"));
    }

    #[test]
    fn a_storage_that_is_away_is_told_since_when_and_why() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1)));
        let health = Health::new(Arc::clone(&clock) as Arc<dyn Clock>);
        health.start();
        health.on(&assigned());
        let retry_in = Duration::from_secs(1);
        for reason in ["refused", "reset"] {
            clock.advance(Duration::from_millis(10));
            let error = std::io::Error::other(reason);
            health.on(&DlqEvent::StoreUnavailable { error: &error, retry_in });
        }
        let Report { ready, storage, kafka, .. } = health.report();
        assert!(!ready && kafka.ok && !storage.ok);
        assert_eq!((storage.since, storage.reason.as_str()), (Timestamp::from_millis(11), "reset"));
        health.storage_answers();
        assert!(health.report().ready);
    }

    #[test]
    fn brokers_that_do_not_answer_are_told_of_until_they_do() {
        let health = Health::new(Arc::new(ManualClock::at(Timestamp::from_millis(1))));
        health.start();
        health.on(&assigned());
        health.on(&DlqEvent::Reached { brokers: 0, complaint: " (b:1: refused)" });
        let Report { ready, kafka, brokers, .. } = health.report();
        assert!(!ready && kafka.ok, "its group may still know it");
        assert_eq!(brokers.reason, "no broker answers (b:1: refused)");
        health.on(&DlqEvent::Reached { brokers: 1, complaint: " (b:1: refused)" });
        assert!(health.report().ready);
    }

    #[test]
    fn a_source_that_stopped_is_ready_again_when_it_has_partitions() {
        let health = Health::new(Arc::new(ManualClock::at(Timestamp::from_millis(1))));
        health.start();
        let error = std::io::Error::other("the broker is gone");
        health.on(&DlqEvent::SourceStopped { error: &error, again_in: Duration::from_secs(1) });
        assert_eq!(health.report().kafka.reason, "the broker is gone");
        health.on(&assigned());
        assert!(health.report().ready);
    }
}
