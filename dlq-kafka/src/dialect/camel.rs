//! Apache Camel's dead-letter channel. It writes nothing of its own, repeated headers collapse to the last, and the
//! timestamp is lost: only a [`TopicRule`](super::TopicRule) gives it away.

use super::rule::{Dialect, Repeats, Strip};

pub(super) const DIALECT: Dialect = Dialect {
    name: "camel",
    marks: &[],
    headers: &[],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip::NOTHING,
    read: |_, _, _| Vec::new(),
};
