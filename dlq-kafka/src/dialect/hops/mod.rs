//! From a dialect's headers to the stops of the letter: where it failed, and how, first failure first.
//!
//! A letter that failed again carries several sets of headers one after another. Where a set ends is not written; it
//! shows in what repeats. Frameworks also drop parts of older sets, so places and failures are gathered apart and then
//! brought together.

mod entries;
mod first_and_latest;
mod place;
mod told;

use dlq_core::record::Hop;

use super::detect::Sheet;
use super::entry::Entry;
use super::names::Names;
use super::rule::{Dialect, Field, Repeats};
use super::warnings::Warnings;
use first_and_latest::FirstAndLatest;
use place::Place;
use told::Failure;
pub(super) use told::Told;

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
    /// The place is one within an application, such as a repartition topic: the message came from elsewhere.
    pub(super) within: bool,
    /// The entry with which it begins, by which stops of several dialects are put in order.
    pub(super) at: usize,
}

/// Reads a sheet as its table says.
pub(super) fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let entries = entries::all(sheet);
    let mut places = place::all(&entries, sheet.repeats(), names, warnings);
    let mut failures = told::all(&entries, sheet.repeats(), &places, warnings);
    if sheet.repeats() == Repeats::NewestFirst {
        places.kept.reverse();
        failures.kept.reverse();
    }
    let mut stops = together(sheet, places, failures, warnings);
    let attempts = attempts(&entries, warnings);
    if let Some(latest) = stops.last_mut() {
        latest.attempts = attempts;
    }
    stops
}

/// Brings places and failures together from the latest back, since frameworks drop older failures; unless there are
/// more failures than places: then it was later places that the framework did not tell.
fn together(
    sheet: &Sheet<'_>,
    places: FirstAndLatest<Place>,
    failures: FirstAndLatest<Failure>,
    warnings: &mut Warnings,
) -> Vec<Stop> {
    let dialect = sheet.dialect;
    let told = places.told().max(failures.told());
    if told > STOPS_MAX {
        let kept = match sheet.repeats() {
            Repeats::NewestFirst => "latest and the first",
            _ => "first and the latest",
        };
        let (name, others) = (dialect.name, STOPS_MAX - 1);
        warnings.add(format_args!("{name}: {told} failures are told, the {kept} {others} are kept"));
    }
    let unexplained = places.kept.len().saturating_sub(failures.kept.len());
    let count = places.kept.len().max(failures.kept.len()).max(1);
    let mut places = places.kept.into_iter();
    let mut failures = failures.kept.into_iter();
    let stop = |index| {
        let place = places.next();
        let failure = if index < unexplained { None } else { failures.next() };
        let failed_at = failure.as_ref().map(|failure| failure.begins);
        Stop {
            dialect,
            at: place.as_ref().and_then(|place| place.stands_at).or(failed_at).unwrap_or(sheet.begins()),
            hop: place.map(|place| place.into_hop(dialect)),
            failure: failure.map_or_else(Told::default, Failure::into_told),
            attempts: None,
            within: false,
        }
    };
    (0..count).map(stop).collect()
}

/// The latest count of attempts.
fn attempts(entries: &[Entry<'_>], warnings: &mut Warnings) -> Option<u32> {
    let is_count = |field| matches!(field, Field::Attempts | Field::Retries | Field::NextAttempt);
    let latest = entries.iter().rev().find(|entry| is_count(entry.field()))?;
    let count: i64 = latest.number(warnings)?;
    let made = match latest.field() {
        Field::Retries => count.saturating_add(1),
        Field::NextAttempt => count - 1,
        _ => count,
    };
    u32::try_from(made.clamp(0, ATTEMPTS_MAX)).ok()
}
