//! The envelope that many write themselves: `originalTopic`, `originalKey`, `originalValue`, `errorMessage`.
//!
//! What its `timestamp` is the time of is not known; it is left unread.

use dlq_core::record::Hop;

use super::Members;
use crate::dialect::hops::{Stop, Told};
use crate::dialect::names::Names;
use crate::dialect::rule::Dialect;
use crate::dialect::warnings::Warnings;

static DIALECT: Dialect = super::dialect("json-envelope");

pub(super) fn read(members: &Members<'_>, names: &mut Names, warnings: &mut Warnings) -> Option<Stop> {
    if !members.has("originaltopic") || !(members.has("originalvalue") || members.has("errormessage")) {
        return None;
    }
    super::warn_of_wrapping(warnings);
    let place = Hop {
        topic: members.name("originaltopic", warnings, |name| names.topic(name)),
        partition: members.number("originalpartition", warnings),
        offset: members.number("originaloffset", warnings),
        ..Hop::default()
    };
    let failure = Told { message: members.text("errormessage"), ..Told::default() };
    Some(super::stop(&DIALECT, Some(place), failure))
}
