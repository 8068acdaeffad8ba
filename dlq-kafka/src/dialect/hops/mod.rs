//! From a dialect's headers to the stops of the letter: where it failed, and how, first failure first.
//!
//! A letter that failed again carries several sets of headers one after another. Where a set ends is not written; it
//! shows in what repeats. Frameworks also drop parts of older sets, so places and failures are gathered apart and then
//! brought together.

mod first_and_latest;
mod place;
mod told;

use dlq_core::record::Hop;

use super::detect::Sheet;
use super::names::Names;
use super::rule::{Dialect, Field};
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
}

/// Reads a sheet as its table says.
pub(super) fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let places = place::all(sheet, names, warnings);
    let failures = told::all(sheet, &places, warnings);
    let mut stops = together(sheet.dialect, places, failures, warnings);
    let attempts = attempts(sheet, warnings);
    if let Some(latest) = stops.last_mut() {
        latest.attempts = attempts;
    }
    stops
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
        hop: places.next().map(|place| place.into_hop(dialect)),
        failure: if at < unexplained { None } else { failures.next() }
            .map_or_else(Told::default, Failure::into_told),
        attempts: None,
    };
    (0..count).map(stop).collect()
}

/// The latest count of attempts.
fn attempts(sheet: &Sheet<'_>, warnings: &mut Warnings) -> Option<u32> {
    let is_count = |field| matches!(field, Field::Attempts | Field::Retries | Field::NextAttempt);
    let latest = sheet.entries().filter(|entry| is_count(entry.field())).last()?;
    let count: i64 = latest.number(warnings)?;
    let made = match latest.field() {
        Field::Retries => count.saturating_add(1),
        Field::NextAttempt => count - 1,
        _ => count,
    };
    u32::try_from(made.clamp(0, ATTEMPTS_MAX)).ok()
}
