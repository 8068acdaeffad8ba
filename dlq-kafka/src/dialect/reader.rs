//! [`DialectReader`]: from a message to what was captured of it.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use dlq_core::record::classify::ErrorClassifier;
use dlq_core::record::{
    Captured, CapturedFailure, CapturedFrom, Content, DialectName, Fingerprint, FingerprintInput, KnownBy,
    Origin, Provenance, Shared, Span, TopicName,
};

use super::detect::{Findings, Index};
use super::failure::Judge;
use super::journey::Journey;
use super::names::{Names, Remembered};
use super::rule::Dialect;
use super::topic_rule::{Setting, TopicRules};
use super::warnings::Warnings;
use super::{DIALECTS, HABITS, HABITS_BESIDE, body, embedded, envelope, handwritten, naming};

/// Reads dead letters, whichever framework wrote them; one reader per thread, for it remembers names.
///
/// # Behaviour
/// - Reading never fails, whatever the headers; time and memory grow linearly with them.
/// - What no header says stays unknown: a letter of no known dialect has the default origin, unless the operator's
///   [rules](Self::with_rules) tell it, or it may be [guessed](Self::guessing_origins).
/// - The origin is the place of the first failure told, the failure is that of the last.
/// - Hops, warnings and their length are limited; a limit that was met is told in a warning.
/// - Key and payload are the letter's own, with two exceptions: where the letter only points at its message they are
///   [`Missing`](dlq_core::record::Body::Missing), and where null stands for bytes that a header keeps, it is these.
/// - A reader that panics gives a record that is marked unreadable, with the dialects recognised by then; the caller
///   puts it on hold.
#[derive(Debug)]
pub struct DialectReader {
    index: Index,
    habits: Index,
    habits_beside: Index,
    judge: Judge,
    names: Names,
    findings: Findings,
    rules: TopicRules,
    /// The topics that are known to exist, where origins may be guessed.
    guessing: Option<HashSet<Box<str>>>,
    /// What is known of the topics from which letters came.
    topics: Remembered<Arc<Knowledge>>,
    /// The provenance of the last letter; the next mostly has the same, and shares it.
    provenance: Shared<Provenance>,
}

/// What is known of a dead-letter topic.
#[derive(Debug, Default)]
struct Knowledge {
    setting: Arc<Setting>,
    /// The topic that it is for, by its name.
    guess: Option<TopicName>,
}

/// What was read from a letter.
type Reading = (Origin, Shared<Provenance>, CapturedFailure);

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
            habits_beside: Index::with_key(HABITS_BESIDE, |name| handwritten::plain(name).into()),
            judge: Judge::new(classifier),
            names: Names::default(),
            findings: Findings::default(),
            rules: TopicRules::default(),
            guessing: None,
            topics: Remembered::default(),
            provenance: Shared::default(),
        }
    }

    /// The same with what the operator knows about dead-letter topics.
    #[must_use]
    pub fn with_rules(self, rules: TopicRules) -> Self {
        Self { rules, topics: Remembered::default(), ..self }
    }

    /// The same, but an origin that neither headers nor rules tell is guessed from the dead-letter topic's name, such as
    /// `orders` from `orders-dlt`, and marked as a guess. `topics`, the cluster's, resolve names that say several; there
    /// may be none.
    #[must_use]
    pub fn guessing_origins(self, topics: impl IntoIterator<Item = TopicName>) -> Self {
        let names = topics.into_iter().map(|topic| Box::from(topic.as_str()));
        Self { guessing: Some(names.collect()), topics: Remembered::default(), ..self }
    }

    /// What is captured of the letter `content`, found at `from`.
    pub fn read(&mut self, from: CapturedFrom, content: Content) -> Captured {
        // Findings are cleared before every letter and names are only ever added whole: a panic leaves nothing behind.
        let reading = catch_unwind(AssertUnwindSafe(|| self.understand(&from, content.clone())));
        let ((origin, provenance, failure), content) =
            reading.unwrap_or_else(|_| (self.unreadable(&from), content));
        Captured { from: Some(from), content: Some(content), origin, provenance, failure }
    }

    fn understand(&mut self, from: &CapturedFrom, content: Content) -> (Reading, Content) {
        let known = self.knowledge(&from.source.topic);
        let (content, embedded) = embedded::unpack(&content).unwrap_or((content, Vec::new()));
        let mut warnings = Warnings::default();
        let journey = self.journey(from, &content, &embedded, &known.setting, &mut warnings);
        let origin = origin(&journey, &known, from);
        let restored = body::restored(&content, journey.stops(), &self.findings.recognised, &mut warnings);
        let content = restored.unwrap_or(content);
        let topic = origin.topic.as_ref().unwrap_or(&from.source.topic).as_str();
        let failure = self.judge.judge(&journey.failure(), journey.attempts(), topic, &content);
        let hops = journey.into_hops(&mut warnings);
        let warnings = warnings.into_texts();
        let provenance = Provenance { dialects: self.dialects(), warnings, ..Provenance::default() };
        let provenance = self.shared(provenance.with_hops(hops, &origin));
        ((origin, provenance, failure), content)
    }

    fn shared(&mut self, provenance: Provenance) -> Shared<Provenance> {
        if *self.provenance != provenance {
            self.provenance = provenance.into();
        }
        self.provenance.clone()
    }

    fn journey(
        &mut self,
        from: &CapturedFrom,
        content: &Content,
        embedded: &[(&'static str, Span)],
        setting: &Setting,
        warnings: &mut Warnings,
    ) -> Journey {
        let mut index = &self.index;
        index.search(content, embedded, setting, &mut self.findings);
        if self.findings.recognised.is_empty() {
            index = &self.habits;
            index.search(content, &[], &Setting::default(), &mut self.findings);
        }
        let (mut stops, mut silent) = (Vec::new(), Vec::new());
        for sheet in index.sheets(content, setting, &self.findings) {
            let told = (sheet.dialect.read)(&sheet, &mut self.names, warnings);
            if told.is_empty() && setting.dialect.is_none() {
                silent.push(sheet.dialect.name);
            }
            if stops.is_empty() {
                stops = told;
            } else {
                stops.extend(told);
            }
        }
        self.findings.recognised.retain(|dialect| !silent.contains(&dialect.name));
        if self.findings.recognised.is_empty()
            && let Some(stop) = envelope::read(content, &mut self.names, warnings)
        {
            self.findings.recognised.push(stop.dialect);
            return Journey::guessed(stop);
        }
        let mut journey = Journey::of(stops, from, warnings);
        if !journey.failure().is_told() && !self.findings.recognised.is_empty() {
            self.add_habits(&mut journey, content, warnings);
        }
        journey
    }

    /// Adds how it failed where the dialects do not tell: some write it by hand beside a place in a framework's words.
    fn add_habits(&mut self, journey: &mut Journey, content: &Content, warnings: &mut Warnings) {
        let (mut findings, setting) = (Findings::default(), Setting::default());
        self.habits_beside.search(content, &[], &setting, &mut findings);
        for sheet in self.habits_beside.sheets(content, &setting, &findings) {
            let told = (sheet.dialect.read)(&sheet, &mut self.names, warnings);
            journey.add_failure(told);
        }
        self.findings.recognised.append(&mut findings.recognised);
    }

    fn knowledge(&mut self, topic: &TopicName) -> Arc<Knowledge> {
        let Self { topics, rules, guessing, .. } = self;
        let make = |name: &str| {
            let guess = guessing.as_ref().and_then(|topics| {
                let is_topic = |name: &str| topics.contains(name);
                naming::origin(name, &is_topic).and_then(|guess| TopicName::new(guess).ok())
            });
            Ok(Arc::new(Knowledge { setting: rules.setting(name), guess }))
        };
        topics.recall(topic.as_str().as_bytes(), make).unwrap_or_default()
    }

    fn dialects(&self) -> Vec<DialectName> {
        self.findings.recognised.iter().map(|dialect| dialect.name.into()).collect()
    }

    fn unreadable(&self, from: &CapturedFrom) -> Reading {
        let warnings = vec!["its reader panicked: the bytes are kept, nothing was read".to_owned()];
        let topic = TopicName::as_str(&from.source.topic);
        let fingerprint = Fingerprint::of(&FingerprintInput { topic, ..FingerprintInput::default() });
        let provenance =
            Provenance { dialects: self.dialects(), warnings, unreadable: true, ..Provenance::default() };
        (Origin::default(), provenance.into(), CapturedFailure { fingerprint, ..CapturedFailure::default() })
    }
}

/// The origin as headers tell it; what they leave open as the operator does; and then the topic as the name of the
/// dead-letter topic lets one guess, unless a header named one that is not it.
fn origin(journey: &Journey, known: &Knowledge, from: &CapturedFrom) -> Origin {
    let mut origin = journey.origin();
    let Knowledge { setting, guess } = known;
    if origin.known_by != Some(KnownBy::Headers)
        && let Some(topic) = &setting.origin_topic
    {
        origin = Origin { topic: Some(topic.clone()), known_by: Some(KnownBy::Configuration), ..origin };
    }
    if origin.topic.is_none()
        && let Some(topic) = guess.as_ref().filter(|_| !journey.begins_within())
    {
        origin = Origin { topic: Some(topic.clone()), known_by: Some(KnownBy::Guess), ..origin };
    }
    if origin.consumer_group.is_none() {
        origin.consumer_group.clone_from(&setting.consumer_group);
    }
    let keeps = setting.dialect.is_some_and(|dialect| dialect.keeps_timestamp);
    if keeps && journey.stops().iter().all(|stop| stop.hop.is_none()) {
        origin.timestamp = Some(from.timestamp).filter(|timestamp| timestamp.as_millis() >= 0);
    }
    origin
}
