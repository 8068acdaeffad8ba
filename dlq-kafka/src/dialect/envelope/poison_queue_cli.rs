//! poison-queue-cli: beside the message stands `metadata`, which tells where it failed and why.

use dlq_core::record::Hop;

use super::Members;
use crate::dialect::hops::{Stop, Told};
use crate::dialect::names::Names;
use crate::dialect::rule::Dialect;
use crate::dialect::warnings::Warnings;

static DIALECT: Dialect = super::dialect("poison-queue-cli");

pub(super) fn read(members: &Members<'_>, names: &mut Names, warnings: &mut Warnings) -> Option<Stop> {
    let metadata = members.object("metadata")?;
    if !["originaltopic", "movedtodlqat", "failurereason"].iter().all(|name| metadata.has(name)) {
        return None;
    }
    super::warn_of_wrapping(warnings);
    let topic = metadata.name("originaltopic", warnings, |name| names.topic(name));
    let failure = Told {
        message: metadata.text("failurereason"),
        component: metadata.text("source"),
        ..Told::default()
    };
    let attempts = metadata.attempts("retrycount", warnings);
    let place = Hop { topic, ..Hop::default() };
    Some(Stop { attempts, ..super::stop(&DIALECT, Some(place), failure) })
}
