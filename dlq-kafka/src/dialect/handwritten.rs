//! What applications write themselves when no framework does it for them.
//!
//! There is no standard, only habits: names are compared without case, separators and a leading `x-`, so `originaltopic`
//! stands for `X-Original-Topic`, `original_topic` and `originalTopic`. All is text. Who appends a header appends it
//! again when the letter fails again: the first place is the origin. Believed only where no framework's headers tell it,
//! and only with the topic or a message of the error. What an early Karafka is said to have written, `original-topic`
//! with a dash, is read so, too.

use super::detect::Sheet;
use super::hops::{self, Stop, Told};
use super::names::Names;
use super::rule::Field::{
    Attempts, Class, ConsumerGroup, Message, Offset, Partition, Retries, StackTrace, Timestamp, Topic,
};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::{Decimal, Text};
use super::warnings::Warnings;

pub(super) const DIALECT: Dialect = Dialect {
    name: "handwritten",
    marks: &[&["originaltopic"], &["errormessage"], &["exceptionmessage"]],
    headers: &[
        HeaderRule("originaltopic", Topic, Text),
        HeaderRule("originalpartition", Partition, Decimal),
        HeaderRule("originaloffset", Offset, Decimal),
        HeaderRule("originaltimestamp", Timestamp, Decimal),
        HeaderRule("originalconsumergroup", ConsumerGroup, Text),
        HeaderRule("exception", Class, Text),
        HeaderRule("exceptionclass", Class, Text),
        HeaderRule("exceptiontype", Class, Text),
        HeaderRule("errorclass", Class, Text),
        HeaderRule("errortype", Class, Text),
        HeaderRule("exceptionclassname", Class, Text),
        HeaderRule("errorclassname", Class, Text),
        HeaderRule("error", Message, Text),
        HeaderRule("errormessage", Message, Text),
        HeaderRule("exceptionmessage", Message, Text),
        HeaderRule("errorreason", Message, Text),
        HeaderRule("failurereason", Message, Text),
        HeaderRule("stacktrace", StackTrace, Text),
        HeaderRule("errorstacktrace", StackTrace, Text),
        HeaderRule("exceptionstacktrace", StackTrace, Text),
        HeaderRule("retrycount", Retries, Decimal),
        HeaderRule("retries", Retries, Decimal),
        HeaderRule("retryattempts", Retries, Decimal),
        HeaderRule("attempts", Attempts, Decimal),
    ],
    repeats: Repeats::OriginKept,
    keeps_timestamp: false,
    strip: Strip::NOTHING,
    read,
};

/// How it failed alone, beside a framework's headers that tell where.
pub(super) const FAILURE: Dialect = Dialect {
    marks: &[&["errormessage"], &["exceptionmessage"]],
    headers: DIALECT.headers.split_at(PLACES).1,
    ..DIALECT
};

/// How many of the headers tell where.
const PLACES: usize = 5;

/// Longer names are no habit.
const NAME_BYTES_MAX: usize = 40;

/// A name without case, separators and a leading `x-`; nothing for a name too long to be one of ours.
pub(super) fn plain(name: &[u8]) -> Vec<u8> {
    let is_separator = |byte: &u8| matches!(byte, b'-' | b'_' | b'.');
    let name = match name {
        [b'x' | b'X', second, rest @ ..] if is_separator(second) => rest,
        name => name,
    };
    if name.len() > NAME_BYTES_MAX {
        return Vec::new();
    }
    name.iter().filter(|byte| !is_separator(byte)).map(u8::to_ascii_lowercase).collect()
}

fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let mut stops = hops::read(sheet, names, warnings);
    for Stop { failure, .. } in &mut stops {
        take_sentence_for_message(failure, sheet);
    }
    stops
}

/// Under `exception` some write the class and others what it said: a class holds no blank.
fn take_sentence_for_message(failure: &mut Told, sheet: &Sheet<'_>) {
    let is_sentence = |&mut span: &mut _| sheet.content.bytes(span).iter().any(u8::is_ascii_whitespace);
    if let Some(sentence) = failure.class.take_if(is_sentence) {
        failure.message.get_or_insert(sentence);
    }
}
