//! [`DialectReader`]: from a message to what was captured of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dlq_core::Timestamp;
use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{
    Captured, CapturedFailure, CapturedFrom, Content, Fingerprint, FingerprintInput, KnownBy, Origin,
    Provenance, TopicName,
};

use super::detect::{Findings, Index};
use super::failure::Judge;
use super::hops::{STOPS_MAX, Stop, Told};
use super::names::Names;
use super::rule::Dialect;
use super::warnings::Warnings;
use super::{DIALECTS, HABITS, envelope, handwritten};

/// Reads dead letters, whichever framework wrote them; one reader per thread, for it remembers names.
///
/// # Behaviour
/// - Reading never fails, whatever the headers; time and memory grow linearly with them.
/// - What no header says stays unknown: a letter of no known dialect has the default origin.
/// - The origin is the place of the first failure told, the failure is that of the last.
/// - Hops, warnings and their length are limited; a limit that was met is told in a warning.
/// - A reader that panics gives a record that is marked unreadable, with the dialects recognised by then; the caller
///   puts it on hold.
#[derive(Debug)]
pub struct DialectReader {
    index: Index,
    habits: Index,
    judge: Judge,
    names: Names,
    findings: Findings,
}

/// What was read from a letter.
type Reading = (Origin, Provenance, CapturedFailure);

impl DialectReader {
    /// A reader of all dialects that classifies failures by `classifier`.
    #[must_use]
    pub fn new(classifier: ErrorClassifier) -> Self {
        Self::of(DIALECTS, classifier)
    }

    /// A reader of these dialects.
    pub(super) fn of(dialects: &'static [Dialect], classifier: ErrorClassifier) -> Self {
        Self {
            index: Index::new(dialects),
            habits: Index::with_key(HABITS, |name| handwritten::plain(name).into()),
            judge: Judge::new(classifier),
            names: Names::default(),
            findings: Findings::default(),
        }
    }

    /// What is captured of the letter `content`, found at `from`.
    pub fn read(&mut self, from: CapturedFrom, content: Content) -> Captured {
        // Findings are cleared before every letter and names are only ever added whole: a panic leaves nothing behind.
        let reading = catch_unwind(AssertUnwindSafe(|| self.understand(&from, &content)));
        let (origin, provenance, failure) = reading.unwrap_or_else(|_| self.unreadable(&from));
        Captured { from: Some(from), content: Some(content), origin, provenance, failure }
    }

    fn understand(&mut self, from: &CapturedFrom, content: &Content) -> Reading {
        let mut index = &self.index;
        index.search(content, &mut self.findings);
        if self.findings.recognised.is_empty() {
            index = &self.habits;
            index.search(content, &mut self.findings);
        }
        let mut warnings = Warnings::default();
        let mut stops = Vec::new();
        for sheet in index.sheets(content, &self.findings) {
            stops.extend((sheet.dialect.read)(&sheet, &mut self.names, &mut warnings));
        }
        let mut known_by = KnownBy::Headers;
        if self.findings.recognised.is_empty()
            && let Some(stop) = envelope::read(content, &mut self.names, &mut warnings)
        {
            known_by = KnownBy::Guess;
            self.findings.recognised.push(stop.dialect);
            stops.push(stop);
        }
        keep_timestamp(&mut stops, from.timestamp);
        let failure = self.failure(&stops, from, content);
        let (origin, provenance) = self.provenance(stops, known_by, warnings);
        (origin, provenance, failure)
    }

    fn failure(&self, stops: &[Stop], from: &CapturedFrom, content: &Content) -> CapturedFailure {
        let told = stops.last().map_or_else(Told::default, |stop| stop.failure);
        let first = stops.iter().find_map(|stop| stop.hop.as_ref());
        let topic = first.and_then(|hop| hop.topic.as_ref()).unwrap_or(&from.topic);
        let attempts = stops.iter().rev().find_map(|stop| stop.attempts);
        CapturedFailure { attempts, ..self.judge.judge(&told, topic.as_str(), content) }
    }

    fn provenance(
        &self,
        stops: Vec<Stop>,
        known_by: KnownBy,
        mut warnings: Warnings,
    ) -> (Origin, Provenance) {
        let mut hops: Vec<_> = stops.into_iter().filter_map(|stop| stop.hop).collect();
        if hops.len() > STOPS_MAX {
            let told = hops.len();
            hops.drain(1..=told - STOPS_MAX);
            warnings.add(format_args!(
                "{told} hops are told, the first and the latest {} are kept",
                STOPS_MAX - 1
            ));
        }
        let origin = hops.first().map_or_else(Origin::default, |first| Origin {
            topic: first.topic.clone(),
            partition: first.partition,
            offset: first.offset,
            timestamp: first.timestamp,
            consumer_group: first.consumer_group.clone(),
            known_by: first.topic.is_some().then_some(known_by),
        });
        let dialects = self.dialects();
        (origin, Provenance { dialects, hops, warnings: warnings.into_texts(), unreadable: false })
    }

    fn dialects(&self) -> Vec<dlq_core::record::DialectName> {
        self.findings.recognised.iter().map(|dialect| dialect.name.into()).collect()
    }

    fn unreadable(&self, from: &CapturedFrom) -> Reading {
        let warnings = vec!["its reader panicked: the bytes are kept, nothing was read".to_owned()];
        let topic = TopicName::as_str(&from.topic);
        let fingerprint = Fingerprint::of(&FingerprintInput { topic, ..FingerprintInput::default() });
        let provenance =
            Provenance { dialects: self.dialects(), warnings, unreadable: true, hops: Vec::new() };
        (Origin::default(), provenance, CapturedFailure { fingerprint, ..CapturedFailure::default() })
    }
}

/// Tells the timestamp of a message that kept it on the way into the dead-letter topic; −1 is none.
fn keep_timestamp(stops: &mut [Stop], timestamp: Timestamp) {
    if timestamp < Timestamp::from_millis(0) {
        return;
    }
    for stop in stops.iter_mut().rev().take_while(|stop| stop.dialect.keeps_timestamp) {
        if let Some(hop) = &mut stop.hop {
            hop.timestamp.get_or_insert(timestamp);
        }
    }
}
