//! The headers of a sheet, put right where something on the way rewrote them: a bridge that keeps headers in a map of
//! lists gives them back name by name, and one that knows only text turns all numbers into digits.

use crate::dialect::detect::Sheet;
use crate::dialect::entry::Entry;
use crate::dialect::rule::{Fields, Repeats};

/// The headers of a sheet, set by set.
pub(super) fn all<'l>(sheet: &Sheet<'l>) -> Vec<Entry<'l>> {
    let mut entries = Vec::with_capacity(sheet.len());
    entries.extend(sheet.entries());
    if entries.iter().any(Entry::is_rewritten) {
        entries.iter_mut().for_each(|entry| entry.beside_digits = true);
    }
    match sheet.repeats() {
        Repeats::OldestFirst | Repeats::NewestFirst => set_by_set(entries, sheet.repeats()),
        Repeats::OriginOnce | Repeats::OriginKept | Repeats::Replaced => entries,
    }
}

/// All headers of one name, which stand one behind the other.
struct Run<'l> {
    name: &'l str,
    count: usize,
}

/// Where headers stand name by name, the first of each name makes the first set, and so on. What is not told by every
/// set is the origin's if it is of the place, and the latest failure's if it is of the failure.
fn set_by_set(entries: Vec<Entry<'_>>, repeats: Repeats) -> Vec<Entry<'_>> {
    let Some(runs) = runs(&entries) else { return entries };
    let sets = runs.iter().map(|run| run.count).max().unwrap_or_default();
    let places: Vec<_> = entries.iter().map(|entry| entry.at).collect();
    let counts = runs.iter().flat_map(|run| (0..run.count).map(|nth| (nth, sets - run.count)));
    let mut sorted: Vec<_> = counts.zip(entries).collect();
    sorted.sort_by_key(|&((nth, missing), entry)| {
        let belongs_in_front = entry.field().is_of_place() == (repeats == Repeats::OldestFirst);
        if belongs_in_front { nth } else { nth + missing }
    });
    sorted.into_iter().zip(places).map(|((_, entry), at)| Entry { at, ..entry }).collect()
}

/// The headers name by name, if they stand so and not set by set; where one name alone repeats, both are the same.
fn runs<'l>(entries: &[Entry<'l>]) -> Option<Vec<Run<'l>>> {
    if !tell_a_field_twice(entries) {
        return None;
    }
    let mut runs: Vec<Run<'_>> = Vec::new();
    for Entry { rule, .. } in entries {
        let known = runs.iter().position(|run| run.name == rule.0);
        match known.and_then(|known| runs.get_mut(known..)) {
            Some([run]) => run.count += 1,
            Some(_) => return None,
            None => runs.push(Run { name: rule.0, count: 1 }),
        }
    }
    (runs.iter().filter(|run| run.count > 1).count() > 1).then_some(runs)
}

/// Whether any field is told twice: where none is, no name repeats.
fn tell_a_field_twice(entries: &[Entry<'_>]) -> bool {
    let mut told = Fields::default();
    entries.iter().map(Entry::field).any(|field| {
        let before = told.has(field);
        told.add(field);
        before
    })
}
