//! Headers by names that only the operator knows: the aliases of a [`TopicRule`](super::TopicRule) that names no dialect.

use super::hops;
use super::rule::{Dialect, Repeats, Strip};

pub(super) const DIALECT: Dialect = Dialect {
    name: "configured",
    marks: &[],
    headers: &[],
    repeats: Repeats::OldestFirst,
    keeps_timestamp: false,
    strip: Strip::NOTHING,
    read: hops::read,
};
