//! [`Told`]: how a letter failed, as its headers tell it.

use dlq_core::record::{ErrorType, Span};

use super::FirstAndLatest;
use super::place::Place;
use crate::dialect::entry::Entry;
use crate::dialect::rule::{Field, Fields, Repeats};
use crate::dialect::warnings::Warnings;

/// A failure as headers told it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::dialect) struct Told {
    /// The class that the framework caught.
    pub(in crate::dialect) class: Option<Span>,
    /// The class of its direct cause.
    pub(in crate::dialect) cause: Option<Span>,
    /// The message.
    pub(in crate::dialect) message: Option<Span>,
    /// The message of the direct cause.
    pub(in crate::dialect) cause_message: Option<Span>,
    /// The stack trace.
    pub(in crate::dialect) stack_trace: Option<Span>,
    /// The stage.
    pub(in crate::dialect) stage: Option<Span>,
    /// The component.
    pub(in crate::dialect) component: Option<Span>,
    /// The kind of failure, by our own names.
    pub(in crate::dialect) error_type: Option<ErrorType>,
}

/// One set of headers that tell how.
#[derive(Debug, Default)]
pub(super) struct Failure {
    told: Told,
    /// The failure to deserialize the key, where the framework tells it apart.
    of_key: Told,
    fields: Fields,
    /// How many places had begun before it.
    places_before: usize,
    /// The entry with which it begins.
    pub(super) begins: usize,
}

/// Every failure that a sheet's headers tell, in order.
///
/// A new set begins where a field repeats; and, on a letter with several places, where another place has begun since:
/// what stands before it may be what is left of an older set.
pub(super) fn all(
    entries: &[Entry<'_>],
    repeats: Repeats,
    places: &FirstAndLatest<Place>,
    warnings: &mut Warnings,
) -> FirstAndLatest<Failure> {
    let mut failures = FirstAndLatest::default();
    let mut begun = places.kept.iter().map(|place| place.begins).peekable();
    let mut places_before = 0;
    for entry in entries {
        while begun.next_if(|&begins| begins <= entry.at).is_some() {
            places_before += 1;
        }
        let field = entry.field();
        if !field.is_of_failure() {
            continue;
        }
        let another = failures.latest().is_some_and(|latest: &Failure| {
            let told_before = latest.fields.has(field) && field.opens_set();
            let elsewhere = places.kept.len() > 1 && latest.places_before != places_before;
            let replaces = matches!(repeats, Repeats::Replaced | Repeats::OriginKept);
            !replaces && (told_before || elsewhere)
        });
        let failure =
            failures.current(another, || Failure { places_before, begins: entry.at, ..Failure::default() });
        failure.fields.add(field);
        failure.tell(entry, warnings);
    }
    failures
}

impl Told {
    /// Whether anything says how it failed.
    pub(in crate::dialect) const fn is_told(&self) -> bool {
        self.class.is_some() || self.cause.is_some() || self.message.is_some() || self.stack_trace.is_some()
    }
}

impl Failure {
    fn tell(&mut self, entry: &Entry<'_>, warnings: &mut Warnings) {
        let Self { told, of_key, .. } = self;
        match entry.field() {
            Field::Class => told.class = entry.text(),
            Field::CauseClass => told.cause = entry.text(),
            Field::Message => told.message = entry.span,
            Field::CauseMessage => told.cause_message = entry.span,
            Field::StackTrace => told.stack_trace = entry.text(),
            Field::KeyClass => of_key.class = entry.text(),
            Field::KeyMessage => of_key.message = entry.span,
            Field::KeyStackTrace => of_key.stack_trace = entry.text(),
            Field::Stage => told.stage = entry.text(),
            Field::Connector | Field::Component => told.component = entry.text(),
            Field::ErrorType => told.error_type = entry.error_type(warnings),
            _ => {}
        }
    }

    /// The failure of the key counts where it is the only one.
    pub(super) fn into_told(self) -> Told {
        let Self { told, of_key, .. } = self;
        if told.class.is_some() || of_key.class.is_none() {
            return told;
        }
        Told { class: of_key.class, message: of_key.message, stack_trace: of_key.stack_trace, ..told }
    }
}
