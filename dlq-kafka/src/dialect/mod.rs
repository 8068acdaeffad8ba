//! Reading what frameworks write into the headers of their dead letters.
//!
//! Each framework has a *dialect*: its names of headers, how their values are encoded, and what a repeated header
//! means. A dialect is a table in a file of its own; `DIALECTS` lists them in the order in which they decide. Where none
//! stands on a letter, or none that tells the failure, habits of writing such headers by hand are looked for; and where
//! these are missing, too, an envelope in the payload.
//!
//! ```text
//! headers ── detect ──► sheet per dialect ── hops ──► stops ── reader ──► origin, hops, failure, warnings
//!            one pass    its headers, in      where it failed, and how,
//!                        their order          first failure first
//! ```
//!
//! Reading never fails. What cannot be read is left unknown and told in a warning; the headers themselves are kept
//! byte for byte in any case. Headers are claims, never proof: nothing is deserialised, only text and numbers are read.

mod arroyo;
mod azkarra;
mod blazingly;
mod body;
mod camel;
mod configured;
mod connect;
mod detect;
mod dsh_sdk;
mod embedded;
mod entry;
mod envelope;
mod eventferry;
mod failure;
mod handwritten;
mod hops;
mod journey;
mod karafka;
mod karafka_before_2_5;
mod krafka;
mod mass_transit;
mod names;
mod naming;
mod nested;
mod nservicebus;
pub mod own;
mod pulsar;
mod rabbitmq;
mod reader;
mod rule;
mod ruststream;
mod share_group;
mod silverback;
mod smallrye;
mod smallrye_deserialization;
mod spring_cloud_stream;
mod spring_dlt;
mod spring_retry;
mod streams;
mod topic_rule;
mod uforwarder;
mod value;
mod warnings;
mod watermill;
mod wolverine;
mod wolverine_retry;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use dlq_core::record::{Content, DialectName};

pub(crate) use naming::is_dead_letters;
pub use reader::DialectReader;
use rule::Dialect;
pub use topic_rule::{AliasEncoding, AliasedField, HeaderAlias, InvalidTopicRule, TopicRule, TopicRules};

/// Every dialect, the one that decides first when several stand on one letter.
static DIALECTS: &[Dialect] = &[
    own::DIALECT,
    share_group::DIALECT,
    streams::DIALECT,
    connect::DIALECT,
    krafka::DIALECT,
    spring_dlt::DIALECT,
    spring_retry::DIALECT,
    spring_cloud_stream::DIALECT,
    smallrye::DIALECT,
    smallrye_deserialization::DIALECT,
    silverback::DIALECT,
    karafka::DIALECT,
    karafka_before_2_5::DIALECT,
    wolverine::DIALECT,
    wolverine_retry::DIALECT,
    mass_transit::DIALECT,
    nservicebus::DIALECT,
    watermill::DIALECT,
    dsh_sdk::DIALECT,
    ruststream::DIALECT,
    azkarra::DIALECT,
    eventferry::DIALECT,
    blazingly::DIALECT,
    pulsar::DIALECT,
    rabbitmq::DIALECT,
    arroyo::DIALECT,
    uforwarder::DIALECT,
    camel::DIALECT,
    configured::DIALECT,
];

/// Habits rather than dialects: names are compared as [`handwritten::plain`] makes them, where no dialect was found.
static HABITS: &[Dialect] = &[handwritten::DIALECT];

/// The same beside dialects that do not tell how a letter failed.
static HABITS_BESIDE: &[Dialect] = &[handwritten::FAILURE];

/// Whether a redrive strips the header `name` from a letter in which `dialects` were recognised.
///
/// Stripped are the frameworks' own retry and error headers, so that attempts do not start exhausted, and whatever the
/// dialects, our own `dlq.*` headers, which a redrive writes anew. Everything else is the user's and stays: `__TypeId__`
/// and the other payload types, `kafka_replyPartition`, and `dlq.*` headers that are not ours.
#[must_use]
pub fn strip(dialects: &[DialectName], name: &[u8]) -> bool {
    let mut recognised = DIALECTS.iter().filter(|dialect| dialects.iter().any(|name| name == dialect.name));
    let mut habits = HABITS.iter().filter(|habit| dialects.iter().any(|name| name == habit.name));
    own::DIALECT.strips(name)
        || recognised.any(|dialect| dialect.strips(name))
        || habits.any(|habit| habit.strips(&handwritten::plain(name)))
}

/// The key with which a redrive sends the letter `content`, in which `dialects` were recognised: its own, save where a
/// framework wrapped the message's key into another; `None` is null.
#[must_use]
pub fn key<'c>(dialects: &[DialectName], content: &'c Content) -> Option<&'c [u8]> {
    if dialects.iter().any(|name| name == uforwarder::DIALECT.name) {
        return uforwarder::original_key(content);
    }
    content.key().bytes()
}
