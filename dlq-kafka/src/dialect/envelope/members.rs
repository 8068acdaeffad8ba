//! [`Members`]: the members of a JSON object, by plain name, as the places where they stand.

use std::borrow::Cow;
use std::collections::BTreeMap;

use dlq_core::record::Span;
use serde_json::value::RawValue;

use crate::dialect::handwritten::plain;
use crate::dialect::warnings::{Excerpt, Warnings};

/// The members of a JSON object. Names are compared without case and separators: `original_topic` is `originaltopic`.
#[derive(Debug)]
pub(super) struct Members<'c> {
    values: BTreeMap<Vec<u8>, &'c RawValue>,
    block: &'c [u8],
}

impl<'c> Members<'c> {
    /// The members of the object that `json`, a part of `block`, is; nothing where it is anything else.
    pub(super) fn parse(json: &'c [u8], block: &'c [u8]) -> Option<Self> {
        let values: BTreeMap<String, &RawValue> = serde_json::from_slice(json).ok()?;
        let values = values.into_iter().map(|(name, value)| (plain(name.as_bytes()), value)).collect();
        Some(Self { values, block })
    }

    /// The members of the object under `name`.
    pub(super) fn object(&self, name: &str) -> Option<Self> {
        Self::parse(self.values.get(name.as_bytes())?.get().as_bytes(), self.block)
    }

    /// Whether there is a value under `name`, null being none.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Where the string under `name` stands, between its quotes and as written there, escapes and all; nothing for an
    /// empty one or another kind of value.
    pub(super) fn text(&self, name: &str) -> Option<Span> {
        let text = self.value(name)?.strip_prefix('"')?.strip_suffix('"')?;
        let block = Span::new(0, u32::try_from(self.block.len()).ok()?);
        block.of_part(self.block, text.as_bytes()).filter(|span| !span.is_empty())
    }

    /// What `make` makes of the string under `name`.
    pub(super) fn name<T>(
        &self,
        name: &str,
        warnings: &mut Warnings,
        make: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let text: Result<Cow<'_, str>, _> = serde_json::from_str(value);
        let made = text.map_err(|_| expected(value, "a name")).and_then(|text| make(text.as_bytes()));
        made.map_err(|complaint| warn(warnings, name, &complaint)).ok()
    }

    /// The number under `name`, of 0 or more; a string of digits is taken as well.
    pub(super) fn number<N: TryFrom<u64>>(&self, name: &str, warnings: &mut Warnings) -> Option<N> {
        let value = self.value(name)?;
        let number = value.trim_matches('"').parse::<u64>().ok().and_then(|number| N::try_from(number).ok());
        if number.is_none() {
            warn(warnings, name, &expected(value, "a number"));
        }
        number
    }

    /// How often delivery was tried, where how often it was tried again stands under `name`.
    pub(super) fn attempts(&self, name: &str, warnings: &mut Warnings) -> Option<u32> {
        let retries: u16 = self.number(name, warnings)?;
        Some(u32::from(retries) + 1)
    }

    fn value(&self, name: &str) -> Option<&'c str> {
        self.values.get(name.as_bytes()).map(|value| value.get()).filter(|&value| value != "null")
    }
}

fn expected(value: &str, what: &str) -> String {
    format!("{} where {what} was expected", Excerpt(value.as_bytes()))
}

fn warn(warnings: &mut Warnings, name: &str, complaint: &str) {
    warnings.add(format_args!("payload, member {name}: {complaint}"));
}
