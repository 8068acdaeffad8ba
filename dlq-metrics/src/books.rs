//! [`Books`]: what the storage holds, as it last said.

use std::collections::HashSet;
use std::sync::Arc;

use dlq_core::storage::{Account, Dimension, StorageResult, Tally, TallyKey};
use dlq_core::{Clock, DlqStatus, DlqStorage, ErrorType};
use metrics::{Gauge, Recorder};

use crate::bounded::{Bounded, OTHER};
use crate::listener::TOPICS_MAX;
use crate::name::Metric;
use crate::register::{Register, float};

/// The storage's own numbers. They stay what they were until they are [read](Self::read) again, and tell when that was:
/// who looks at them never waits for the storage.
#[derive(Debug)]
pub struct Books {
    register: Register,
    /// None for topics that have no name of their own.
    topics: Bounded<String, Option<Gauge>>,
    clock: Arc<dyn Clock>,
}

impl Books {
    /// Tells this recorder; the clock says when the books were read.
    #[must_use]
    pub fn new(recorder: Arc<dyn Recorder + Send + Sync>, clock: Arc<dyn Clock>) -> Self {
        let register = Register::new(recorder);
        Self { register, topics: Bounded::new(TOPICS_MAX), clock }
    }

    /// Asks the storage for its account and its counts, none of which reads a record. Worth doing every few seconds.
    ///
    /// # Errors
    /// The storage did not answer: what stood before stands.
    pub async fn read(&self, storage: &dyn DlqStorage) -> StorageResult<()> {
        let now = self.clock.now();
        let account = storage.account().await?;
        let by_topic = storage.statistics(Dimension::Topic).await?;
        let by_type = storage.statistics(Dimension::ErrorType).await?;
        self.account(&account);
        self.by_topic(&by_topic);
        self.by_type(&by_type);
        self.register.gauge(Metric::BooksRead, &[]).set(now.as_millis() as f64 / 1_000.0);
        Ok(())
    }

    fn account(&self, account: &Account) {
        for status in DlqStatus::ALL {
            self.set(Metric::Records, status.as_str(), account.with_status(status));
        }
        let &Account {
            captured, submitted, imported, stored, returned, quarantined, purged, evicted, ..
        } = account;
        let arrived = [("captured", captured), ("submitted", submitted), ("imported", imported)];
        let became = [("stored", stored), ("returned", returned), ("quarantined", quarantined)];
        let gone = [("purged", purged), ("evicted", evicted)];
        for (entry, count) in arrived.into_iter().chain(became).chain(gone) {
            self.set(Metric::Books, entry, count);
        }
        for (side, difference) in ["arrived", "stored"].into_iter().zip(account.differences()) {
            self.register.gauge(Metric::BooksDifference, &[side]).set(difference as f64);
        }
    }

    /// Topics stand in the headers of dead letters, so that anyone can make them up: only the first few have a name.
    fn by_topic(&self, tallies: &[Tally]) {
        let make =
            |named: Option<&str>| named.map(|topic| self.register.gauge(Metric::OpenRecords, &[topic]));
        let (mut seen, mut others) = (HashSet::new(), 0);
        for tally in tallies {
            let TallyKey::Topic(topic) = &tally.key else { continue };
            match topic.as_deref().and_then(|topic| self.topics.handle(topic, make)) {
                Some(gauge) => gauge.set(float(open(tally))),
                None => others += open(tally),
            }
            seen.extend(topic);
        }
        self.set(Metric::OpenRecords, OTHER, others);
        self.topics.each_named(|topic, gauge| {
            if let Some(gauge) = gauge.as_ref().filter(|_| !seen.contains(topic)) {
                gauge.set(0.0);
            }
        });
    }

    fn by_type(&self, tallies: &[Tally]) {
        for error_type in ErrorType::ALL {
            let mut of_type = tallies.iter().filter(|tally| tally.key == TallyKey::ErrorType(error_type));
            self.set(Metric::OpenByType, error_type.as_str(), of_type.next().map_or(0, open));
        }
    }

    fn set(&self, metric: Metric, label: &str, count: u64) {
        self.register.gauge(metric, &[label]).set(float(count));
    }
}

fn open(tally: &Tally) -> u64 {
    DlqStatus::OPEN.into_iter().map(|status| tally.with_status(status)).sum()
}
