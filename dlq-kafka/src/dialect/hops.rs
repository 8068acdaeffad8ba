//! From a dialect's headers to the stops of the letter: where it failed, and how, first failure first.
//!
//! A letter that failed again carries several sets of headers one after another. Where a set ends is not written; it
//! shows in what repeats. Frameworks also drop parts of older sets, so places and failures are gathered apart and then
//! brought together.

use dlq_core::Timestamp;
use dlq_core::record::{ErrorType, Hop, Span};

use super::detect::{Entry, Sheet};
use super::names::Names;
use super::rule::{Dialect, Field, Fields, HeaderRule, Repeats};
use super::warnings::{Excerpt, Warnings};

/// How many stops a record keeps.
pub(super) const STOPS_MAX: usize = 64;

/// Attempts beyond this are an error of whoever counted.
const ATTEMPTS_MAX: i64 = 32_767;

/// One failure of a letter on its way.
#[derive(Debug)]
pub(super) struct Stop {
    /// Who told of it.
    pub(super) dialect: &'static Dialect,
    /// Where; `None` where that was not told.
    pub(super) hop: Option<Hop>,
    /// How.
    pub(super) failure: Told,
    /// How often the framework had tried.
    pub(super) attempts: Option<u32>,
}

/// A failure as headers told it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    /// The class that the framework caught.
    pub(super) class: Option<Span>,
    /// The class of its direct cause.
    pub(super) cause: Option<Span>,
    /// The message.
    pub(super) message: Option<Span>,
    /// The stack trace.
    pub(super) stack_trace: Option<Span>,
    /// The stage.
    pub(super) stage: Option<Span>,
    /// The component.
    pub(super) component: Option<Span>,
    /// The kind of failure, by our own names.
    pub(super) error_type: Option<ErrorType>,
}

/// Reads a sheet as its table says.
pub(super) fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let places = places(sheet, names, warnings);
    let failures = failures(sheet, &places, warnings);
    let mut stops = together(sheet.dialect, places, failures, warnings);
    let attempts = attempts(sheet, warnings);
    if let Some(latest) = stops.last_mut() {
        latest.attempts = attempts;
    }
    stops
}

/// One set of headers that tell where.
#[derive(Debug, Default)]
struct Place {
    hop: Hop,
    fields: Fields,
    /// The entry of the sheet with which it begins.
    begins: usize,
}

fn places(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> FirstAndLatest<Place> {
    let mut places = FirstAndLatest::default();
    for (at, entry) in sheet.entries().enumerate().filter(|(_, entry)| entry.rule.1.is_of_place()) {
        let field = entry.rule.1;
        let told_before = places.latest().is_some_and(|place: &Place| place.fields.has(field));
        let another = match sheet.repeats() {
            Repeats::OldestFirst => told_before && field.opens_set(),
            Repeats::OriginOnce if told_before => continue,
            Repeats::OriginOnce | Repeats::Replaced => false,
        };
        let place = places.current(another, || Place { begins: at, ..Place::default() });
        place.fields.add(field);
        place.tell(&entry, names, warnings);
    }
    places
}

impl Place {
    fn tell(&mut self, entry: &Entry<'_>, names: &mut Names, warnings: &mut Warnings) {
        let hop = &mut self.hop;
        match entry.rule.1 {
            Field::Topic => hop.topic = name(entry, warnings, |bytes| names.topic(bytes)),
            Field::ConsumerGroup => hop.consumer_group = name(entry, warnings, |bytes| names.group(bytes)),
            Field::Connector => {
                hop.consumer_group = name(entry, warnings, |bytes| names.connect_group(bytes))
            }
            Field::Partition => hop.partition = number(entry, warnings),
            Field::Offset => hop.offset = number(entry, warnings),
            Field::Timestamp => hop.timestamp = number(entry, warnings).map(Timestamp::from_millis),
            _ => {}
        }
    }

    /// The hop; a consumer group alone is none.
    fn into_hop(self, dialect: &'static Dialect) -> Option<Hop> {
        let told =
            [Field::Topic, Field::Partition, Field::Offset].into_iter().any(|field| self.fields.has(field));
        told.then(|| Hop { dialect: dialect.name.into(), ..self.hop })
    }
}

/// One set of headers that tell how.
#[derive(Debug, Default)]
struct Failure {
    told: Told,
    /// The failure to deserialize the key, where the framework tells it apart.
    of_key: Told,
    fields: Fields,
    /// How many places had begun before it.
    places_before: usize,
}

/// A new set begins where a field repeats; and, on a letter with several places, where another place has begun since:
/// what stands before it may be what is left of an older set.
fn failures(
    sheet: &Sheet<'_>,
    places: &FirstAndLatest<Place>,
    warnings: &mut Warnings,
) -> FirstAndLatest<Failure> {
    let mut failures = FirstAndLatest::default();
    let mut begun = places.kept.iter().map(|place| place.begins).peekable();
    let mut places_before = 0;
    for (at, entry) in sheet.entries().enumerate() {
        while begun.next_if(|&begins| begins <= at).is_some() {
            places_before += 1;
        }
        let field = entry.rule.1;
        if !field.is_of_failure() {
            continue;
        }
        let another = failures.latest().is_some_and(|latest: &Failure| {
            let repeats = latest.fields.has(field) && field.opens_set();
            let elsewhere = places.kept.len() > 1 && latest.places_before != places_before;
            sheet.repeats() != Repeats::Replaced && (repeats || elsewhere)
        });
        let failure = failures.current(another, || Failure { places_before, ..Failure::default() });
        failure.fields.add(field);
        failure.tell(&entry, warnings);
    }
    failures
}

impl Failure {
    fn tell(&mut self, entry: &Entry<'_>, warnings: &mut Warnings) {
        let Self { told, of_key, .. } = self;
        match entry.rule.1 {
            Field::Class => told.class = not_empty(entry),
            Field::CauseClass => told.cause = not_empty(entry),
            Field::Message => told.message = entry.span,
            Field::StackTrace => told.stack_trace = not_empty(entry),
            Field::KeyClass => of_key.class = not_empty(entry),
            Field::KeyMessage => of_key.message = entry.span,
            Field::KeyStackTrace => of_key.stack_trace = not_empty(entry),
            Field::Stage => told.stage = not_empty(entry),
            Field::Connector => told.component = not_empty(entry),
            Field::ErrorType => told.error_type = error_type(entry, warnings),
            _ => {}
        }
    }

    /// The failure of the key counts where it is the only one.
    fn into_told(self) -> Told {
        let Self { told, of_key, .. } = self;
        if told.class.is_some() || of_key.class.is_none() {
            return told;
        }
        Told { class: of_key.class, message: of_key.message, stack_trace: of_key.stack_trace, ..told }
    }
}

/// Brings places and failures together from the latest back, since frameworks drop older failures; unless there are
/// more failures than places: then it was later places that the framework did not tell.
fn together(
    dialect: &'static Dialect,
    places: FirstAndLatest<Place>,
    failures: FirstAndLatest<Failure>,
    warnings: &mut Warnings,
) -> Vec<Stop> {
    let told = places.told().max(failures.told());
    if told > STOPS_MAX {
        let (name, latest) = (dialect.name, STOPS_MAX - 1);
        warnings.add(format_args!(
            "{name}: {told} failures are told, the first and the latest {latest} are kept"
        ));
    }
    let unexplained = places.kept.len().saturating_sub(failures.kept.len());
    let count = places.kept.len().max(failures.kept.len()).max(1);
    let mut places = places.kept.into_iter();
    let mut failures = failures.kept.into_iter();
    let stop = |at| Stop {
        dialect,
        hop: places.next().and_then(|place| place.into_hop(dialect)),
        failure: if at < unexplained { None } else { failures.next() }
            .map_or_else(Told::default, Failure::into_told),
        attempts: None,
    };
    (0..count).map(stop).collect()
}

/// The latest count of attempts.
fn attempts(sheet: &Sheet<'_>, warnings: &mut Warnings) -> Option<u32> {
    let counts = sheet.entries().filter(|entry| matches!(entry.rule.1, Field::Attempts | Field::NextAttempt));
    let latest = counts.last()?;
    let count: i64 = number(&latest, warnings)?;
    let made = if latest.rule.1 == Field::NextAttempt { count - 1 } else { count };
    u32::try_from(made.clamp(0, ATTEMPTS_MAX)).ok()
}

fn name<T>(
    entry: &Entry<'_>,
    warnings: &mut Warnings,
    make: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Option<T> {
    let HeaderRule(header, ..) = entry.rule;
    let made = entry.value.map_or_else(|| Err("null where a name was expected".to_owned()), make);
    made.map_err(|complaint| warnings.about(header, complaint)).ok()
}

/// A number of 0 or more; where the framework had no timestamp, −1 says so, and that is no fault.
fn number<N: TryFrom<i64>>(entry: &Entry<'_>, warnings: &mut Warnings) -> Option<N> {
    let HeaderRule(header, field, encoding) = *entry.rule;
    let Some(bytes) = entry.value else {
        warnings.about(header, "null where a number was expected");
        return None;
    };
    let read = encoding.number(bytes);
    if let Some(complaint) = read.complaint {
        warnings.about(header, complaint);
    }
    let number = read.value.filter(|&value| value != -1 || field != Field::Timestamp)?;
    let fits = N::try_from(number).ok().filter(|_| number >= 0);
    if fits.is_none() {
        warnings.about(header, format_args!("{number} is out of range"));
    }
    fits
}

fn error_type(entry: &Entry<'_>, warnings: &mut Warnings) -> Option<ErrorType> {
    let HeaderRule(header, ..) = entry.rule;
    let value = entry.value?;
    let known = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    if known.is_none() {
        warnings.about(header, format_args!("{} is no type of error", Excerpt(value)));
    }
    known
}

/// A class or a trace of no characters tells nothing; a message of none is one.
fn not_empty(entry: &Entry<'_>) -> Option<Span> {
    entry.span.filter(|span| span.len > 0)
}

/// A list that keeps its first and its latest items when it grows too long.
#[derive(Debug)]
struct FirstAndLatest<T> {
    kept: Vec<T>,
    left_out: usize,
}

impl<T> Default for FirstAndLatest<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), left_out: 0 }
    }
}

impl<T> FirstAndLatest<T> {
    fn latest(&self) -> Option<&T> {
        self.kept.last()
    }

    /// The latest item; a new one if there is none, or if `another` is wanted.
    fn current(&mut self, another: bool, new: impl FnOnce() -> T) -> &mut T {
        if self.kept.len() == STOPS_MAX && another {
            self.kept.remove(1);
            self.left_out += 1;
        }
        if another || self.kept.is_empty() {
            self.kept.push(new());
        }
        let latest = self.kept.len() - 1;
        &mut self.kept[latest]
    }

    /// How many were told in all.
    fn told(&self) -> usize {
        self.kept.len() + self.left_out
    }
}
