//! SmallRye's `DeserializationFailureHandler`: what it leaves on a message that could not be deserialized.
//!
//! Mostly beside the headers of [`smallrye`], which then tell the failure; the bytes that were not understood are
//! brought back by [`body`](super::body).

use dlq_core::ErrorType;

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::Field::{CauseMessage, Component, Message, Topic};
use super::rule::{Dialect, HeaderRule, Repeats};
use super::smallrye;
use super::value::Encoding::Text;
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "smallrye-deserialization",
    marks: &[&["deserialization-failure-reason"]],
    headers: &[
        HeaderRule("deserialization-failure-topic", Topic, Text),
        HeaderRule("deserialization-failure-reason", Message, Text),
        HeaderRule("deserialization-failure-cause", CauseMessage, Text),
        HeaderRule("deserialization-failure-deserializer", Component, Text),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: smallrye::STRIP,
    read,
};

/// Beside another of SmallRye's dialects it has nothing of its own to tell.
fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let told = |name: &[u8]| sheet.content.headers().first(name).is_some();
    if told(b"dead-letter-topic") || told(b"delayed-retry-topic") {
        return Vec::new();
    }
    let mut stops = hops::read(sheet, names, warnings);
    for Stop { failure, .. } in &mut stops {
        failure.error_type = Some(ErrorType::Serialization);
    }
    stops
}
