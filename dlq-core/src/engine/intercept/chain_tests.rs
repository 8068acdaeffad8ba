use std::sync::Mutex;

use super::*;
use crate::clock::Timestamp;
use crate::engine::intercept::OutcomeCounts;
use crate::record::{Captured, CapturedFrom, RecordId, SourcePartition};

const NOW: Timestamp = Timestamp::from_millis(1);
const BATCH: BatchInfo = BatchInfo { number: 1, records: 1, bytes: 100 };

/// Writes down what it is shown, under its name; raises the version of what is submitted.
#[derive(Debug)]
struct Scribe {
    name: &'static str,
    book: Arc<Mutex<Vec<String>>>,
}

impl Scribe {
    fn write(&self, what: &str) {
        self.book.lock().unwrap().push(format!("{}: {what}", self.name));
    }
}

impl Interceptor for Scribe {
    fn before_batch(&self, batch: &BatchInfo) {
        self.write(&format!("before batch {}", batch.number));
    }

    fn before_record(&self, record: &DlqRecord) -> Option<DlqRecord> {
        self.write(&format!("before version {}", record.version));
        Some(DlqRecord { version: record.version + 1, ..record.clone() })
    }

    fn before_captured(&self, _: &DlqRecord) {
        self.write("before captured");
    }

    fn after_record(&self, record: &DlqRecord, outcome: &RecordOutcome<'_>) {
        self.write(&format!("version {} {}", record.version, outcome.kind()));
    }

    fn after_batch(&self, batch: &BatchOutcome) {
        self.write(&format!("after batch {}", batch.batch.number));
    }
}

#[derive(Debug)]
struct Panicking;

impl Interceptor for Panicking {
    fn before_batch(&self, _: &BatchInfo) {
        panic!("as a test");
    }

    fn before_record(&self, _: &DlqRecord) -> Option<DlqRecord> {
        panic!("as a test");
    }

    fn before_captured(&self, _: &DlqRecord) {
        panic!("as a test");
    }

    fn after_record(&self, _: &DlqRecord, _: &RecordOutcome<'_>) {
        panic!("as a test");
    }

    fn after_batch(&self, _: &BatchOutcome) {
        panic!("as a test");
    }
}

/// Answers another record.
#[derive(Debug)]
struct Swapping(fn(&DlqRecord) -> DlqRecord);

impl Interceptor for Swapping {
    fn before_record(&self, record: &DlqRecord) -> Option<DlqRecord> {
        Some((self.0)(record))
    }
}

fn submitted() -> DlqRecord {
    DlqRecord::new(Captured::default(), NOW)
}

fn from() -> CapturedFrom {
    CapturedFrom {
        source: SourcePartition {
            cluster: "cluster".into(),
            topic: "orders-dlt".parse().unwrap(),
            partition: 0,
        }
        .into(),
        offset: 1,
        timestamp: NOW,
    }
}

/// What is written down while a submitted and a captured record pass a chain of a, b and, perhaps, one that panics.
fn shown(panicking: bool) -> Vec<String> {
    let book = Arc::new(Mutex::new(Vec::new()));
    let scribe = |name| Arc::new(Scribe { name, book: Arc::clone(&book) });
    let chain = Interceptors::default().with(scribe("a"));
    let chain = if panicking { chain.with(Arc::new(Panicking)) } else { chain };
    let chain = chain.with(scribe("b"));
    chain.before_batch(&BATCH);
    let record = chain.before_record(submitted());
    assert_eq!(record.version, 3);
    chain.before_captured(&DlqRecord::new(Captured { from: Some(from()), ..Captured::default() }, NOW));
    chain.after_record(&record, &RecordOutcome::Stored);
    chain.after_batch(&BatchOutcome { batch: BATCH, outcomes: OutcomeCounts::default(), took: STILL_WRONG });
    drop(chain);
    Arc::into_inner(book).unwrap().into_inner().unwrap()
}

#[test]
fn everything_is_shown_in_the_order_of_the_chain() {
    let book = shown(false);
    assert_eq!(
        book,
        [
            "a: before batch 1",
            "b: before batch 1",
            "a: before version 1",
            "b: before version 2",
            "a: before captured",
            "b: before captured",
            "a: version 3 stored",
            "b: version 3 stored",
            "a: after batch 1",
            "b: after batch 1",
        ]
    );
}

#[test]
fn one_that_panics_hurts_neither_the_others_nor_the_record() {
    assert_eq!(shown(true), shown(false));
}

#[test]
fn another_record_does_not_take_the_place_of_the_submitted_one() {
    let stranger = |record: &DlqRecord| DlqRecord { id: RecordId::submitted(), ..record.clone() };
    let captured = |record: &DlqRecord| DlqRecord {
        captured: Arc::new(Captured { from: Some(from()), ..Captured::default() }),
        ..record.clone()
    };
    for swap in [stranger, captured] {
        let record = submitted();
        let passed = Interceptors::default().with(Arc::new(Swapping(swap))).before_record(record.clone());
        assert!(passed == record && Arc::ptr_eq(&passed.captured, &record.captured));
    }
}

#[test]
fn where_there_is_none_a_record_passes_as_it_is() {
    let chain = Interceptors::default();
    let record = submitted();
    assert!(chain.is_empty() && Arc::ptr_eq(&chain.before_record(record.clone()).captured, &record.captured));
}
