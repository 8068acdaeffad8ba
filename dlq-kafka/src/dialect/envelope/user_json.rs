//! The envelope that many write themselves: `originalTopic`, `originalKey`, `originalValue`, `errorMessage`.
//!
//! Beside them some tell a class and how often they tried again, by names that are as common in headers. What its
//! `timestamp` is the time of is not known; it is left unread.

use dlq_core::record::Hop;

use super::Members;
use crate::dialect::hops::{Stop, Told};
use crate::dialect::names::Names;
use crate::dialect::rule::Dialect;
use crate::dialect::warnings::Warnings;

static DIALECT: Dialect = super::dialect("json-envelope");

/// Under what the message itself stands.
const VALUES: [&str; 3] = ["originalvalue", "originalpayload", "originalmessage"];

/// Under what stands what the error said.
const MESSAGES: [&str; 3] = ["errormessage", "exceptionmessage", "error"];

/// Under what an exception's class stands.
const CLASSES: [&str; 4] = ["errorclass", "errortype", "exceptionclass", "exceptiontype"];

pub(super) fn read(members: &Members<'_>, names: &mut Names, warnings: &mut Warnings) -> Option<Stop> {
    let wraps = || VALUES.iter().chain(&MESSAGES).any(|name| members.has(name));
    if !members.has("originaltopic") || !wraps() {
        return None;
    }
    super::warn_of_wrapping(warnings);
    let place = Hop {
        topic: members.name("originaltopic", warnings, |name| names.topic(name)),
        partition: members.number("originalpartition", warnings),
        offset: members.number("originaloffset", warnings),
        ..Hop::default()
    };
    let text = |names: &[&str]| names.iter().find_map(|name| members.text(name));
    let failure = Told { class: text(&CLASSES), message: text(&MESSAGES), ..Told::default() };
    let attempts = members.attempts("retrycount", warnings);
    Some(Stop { attempts, ..super::stop(&DIALECT, Some(place), failure) })
}
