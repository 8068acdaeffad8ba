//! [`Entry`]: one header of a letter, and reading its value. What cannot be read is unknown and gives a warning.

use dlq_core::record::{ErrorType, Span};

use super::rule::{Field, HeaderRule};
use super::warnings::{Excerpt, Warnings};

/// One header of a sheet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'l> {
    /// What it should be.
    pub(super) rule: HeaderRule<'l>,
    /// Its value; `None` is null.
    pub(super) value: Option<&'l [u8]>,
    /// Where the value stands; `None` where it is null.
    pub(super) span: Option<Span>,
    /// Its number among the known headers of the letter.
    pub(super) at: usize,
    /// Something on the way turned the numbers of its sheet into digits.
    pub(super) beside_digits: bool,
}

impl Entry<'_> {
    /// What it tells.
    pub(super) const fn field(&self) -> Field {
        self.rule.1
    }

    /// The value's place, unless it is null or empty: a class of no characters tells nothing.
    pub(super) fn text(&self) -> Option<Span> {
        self.span.filter(|span| !span.is_empty())
    }

    /// What `make` makes of the name that the value is.
    pub(super) fn name<T>(
        &self,
        warnings: &mut Warnings,
        make: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Option<T> {
        let null = || "null where a name was expected".to_owned();
        let made = self.value.ok_or_else(null).and_then(|value| self.rule.2.name(value)).and_then(make);
        made.map_err(|complaint| warnings.about(self.rule.0, complaint)).ok()
    }

    /// Whether something on the way turned the number that it was into digits.
    pub(super) fn is_rewritten(&self) -> bool {
        self.value.is_some_and(|bytes| self.rule.2.is_rewritten(bytes))
    }

    /// A number of 0 or more; where the framework had no timestamp, −1 says so, and that is no fault.
    pub(super) fn number<N: TryFrom<i64>>(&self, warnings: &mut Warnings) -> Option<N> {
        let HeaderRule(header, field, encoding) = self.rule;
        let Some(bytes) = self.value else {
            warnings.about(header, "null where a number was expected");
            return None;
        };
        let read = encoding.number(bytes, self.beside_digits);
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

    /// One of our own types of error; null tells none.
    pub(super) fn error_type(&self, warnings: &mut Warnings) -> Option<ErrorType> {
        let value = self.value?;
        let known = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        if known.is_none() {
            warnings.about(self.rule.0, format_args!("{} is no type of error", Excerpt(value)));
        }
        known
    }
}
