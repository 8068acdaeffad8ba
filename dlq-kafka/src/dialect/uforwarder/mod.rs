//! Uber's uForwarder: the key is a message in protobuf that holds where the message failed, and the original key.
//!
//! Much that is none reads as protobuf, so only topics that are declared so are read so; and then strictly. Headers and
//! payload are the message's own. What failed is not told.

mod metadata;

use dlq_core::Timestamp;
use dlq_core::record::{Content, Hop};

use super::detect::Sheet;
use super::hops::{self, Stop};
use super::names::Names;
use super::rule::{Dialect, Repeats, Strip};
use super::warnings::Warnings;
use metadata::Metadata;

pub(super) const DIALECT: Dialect = Dialect {
    name: "uforwarder",
    marks: &[],
    headers: &[],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip { prefixes: &[], names: &[] },
    read,
};

fn read(sheet: &Sheet<'_>, names: &mut Names, warnings: &mut Warnings) -> Vec<Stop> {
    let mut stops = hops::read(sheet, names, warnings);
    let metadata = sheet.content.key().bytes().and_then(Metadata::decode);
    let topic = metadata.as_ref().and_then(|metadata| names.topic(metadata.topic).ok());
    let (Some(metadata), Some(topic), Some(stop)) = (metadata, topic, stops.last_mut()) else {
        warnings.add(format_args!("the key is not what uForwarder writes: it is taken as the message's own"));
        return stops;
    };
    if metadata.original_key().is_none() {
        warnings
            .add(format_args!("the original key was null or empty, which uForwarder does not tell apart"));
    }
    stop.attempts = Some(metadata.attempts());
    stop.hop = Some(Hop {
        topic: Some(topic),
        partition: Some(metadata.partition),
        offset: Some(metadata.offset),
        timestamp: metadata.timestamp_ms().map(Timestamp::from_millis),
        consumer_group: None,
        dialect: DIALECT.name.into(),
    });
    stops
}

/// The key of the message in the letter `content`: null where it was null or empty, and the letter's own where that is
/// none of uForwarder's.
pub(super) fn original_key(content: &Content) -> Option<&[u8]> {
    let key = content.key().bytes()?;
    let legal = |metadata: &Metadata<'_>| Names::default().topic(metadata.topic).is_ok();
    Metadata::decode(key).filter(legal).map_or(Some(key), |metadata| metadata.original_key())
}
