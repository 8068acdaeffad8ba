//! [`Place`]: where a letter failed.

use dlq_core::Timestamp;
use dlq_core::record::Hop;

use super::FirstAndLatest;
use crate::dialect::entry::Entry;
use crate::dialect::names::Names;
use crate::dialect::rule::{Dialect, Field, Fields, Repeats};
use crate::dialect::warnings::Warnings;

/// One set of headers that tell where.
#[derive(Debug, Default)]
pub(super) struct Place {
    hop: Hop,
    fields: Fields,
    /// The entry with which it begins.
    pub(super) begins: usize,
    /// The entry that is surely its own: what is optional may be left from another dialect's place.
    pub(super) stands_at: Option<usize>,
}

/// Every place that a sheet's headers tell, in order.
pub(super) fn all(
    entries: &[Entry<'_>],
    repeats: Repeats,
    names: &mut Names,
    warnings: &mut Warnings,
) -> FirstAndLatest<Place> {
    let mut places = FirstAndLatest::default();
    for entry in entries.iter().filter(|entry| entry.field().is_of_place()) {
        let field = entry.field();
        let told_before = places.latest().is_some_and(|place: &Place| place.fields.has(field));
        let another = match repeats {
            Repeats::OldestFirst | Repeats::NewestFirst => told_before && field.opens_set(),
            Repeats::OriginOnce | Repeats::OriginKept if told_before => continue,
            Repeats::OriginOnce | Repeats::OriginKept | Repeats::Replaced => false,
        };
        let place = places.current(another, || Place { begins: entry.at, ..Place::default() });
        if field.opens_set() {
            place.stands_at.get_or_insert(entry.at);
        }
        place.fields.add(field);
        place.tell(entry, names, warnings);
    }
    places
}

impl Place {
    fn tell(&mut self, entry: &Entry<'_>, names: &mut Names, warnings: &mut Warnings) {
        let hop = &mut self.hop;
        match entry.field() {
            Field::Topic => hop.topic = entry.name(warnings, |bytes| names.topic(bytes)),
            Field::ConsumerGroup => hop.consumer_group = entry.name(warnings, |bytes| names.group(bytes)),
            Field::Connector => hop.consumer_group = entry.name(warnings, |bytes| names.connect_group(bytes)),
            Field::Partition => hop.partition = entry.number(warnings),
            Field::Offset => hop.offset = entry.number(warnings),
            Field::Timestamp => hop.timestamp = entry.number(warnings).map(Timestamp::from_millis),
            _ => {}
        }
    }

    pub(super) fn into_hop(self, dialect: &'static Dialect) -> Hop {
        Hop { dialect: dialect.name.into(), ..self.hop }
    }
}
