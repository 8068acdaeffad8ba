//! [CloudEvents](https://github.com/cloudevents/spec) in their structured form, as Dapr dead-letters them.
//!
//! They tell nothing of a failure. But what kind of event it was, and whose, is worth a group of its own: they stand as
//! stage and component.

use super::Members;
use crate::dialect::hops::{Stop, Told};
use crate::dialect::rule::Dialect;

static DIALECT: Dialect = super::dialect("cloud-events");

pub(super) fn read(members: &Members<'_>) -> Option<Stop> {
    if !["specversion", "id", "source", "type"].iter().all(|name| members.text(name).is_some()) {
        return None;
    }
    let failure = Told { stage: members.text("type"), component: members.text("source"), ..Told::default() };
    Some(super::stop(&DIALECT, None, failure))
}
