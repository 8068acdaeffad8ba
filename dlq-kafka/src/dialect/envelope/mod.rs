//! Dead letters whose payload tells what their headers do not: an envelope around the message, in JSON.
//!
//! Asked only where no headers told anything, and only of a payload that begins like an envelope and is not large: other
//! letters pay for one look at their first byte.
//!
//! An origin told so is a guess, for two reasons: anyone may have such a payload, and a redrive sends the envelope as
//! it is, which is not what the origin's consumers expect.

mod cloud_events;
mod members;
mod poison_queue_cli;
mod user_json;

#[cfg(test)]
mod tests;

use dlq_core::record::{Content, Hop};
use memchr::memmem;

use super::hops::{self, Stop, Told};
use super::names::Names;
use super::rule::{Dialect, Repeats, Strip};
use super::warnings::Warnings;
use members::Members;

/// Larger payloads are not parsed.
const PAYLOAD_BYTES_MAX: usize = 1024 * 1024;

/// What an envelope holds somewhere: `specversion`, and `originalTopic` in whatever style.
const MARKS: [&[u8]; 2] = [b"specversion", b"opic"];

/// What the payload of `content` tells, if it is an envelope; by which, the stop says.
pub(super) fn read(content: &Content, names: &mut Names, warnings: &mut Warnings) -> Option<Stop> {
    let payload = content.payload().bytes().filter(|payload| may_be_envelope(payload))?;
    let members = Members::parse(payload, content.block())?;
    poison_queue_cli::read(&members, names, warnings)
        .or_else(|| user_json::read(&members, names, warnings))
        .or_else(|| cloud_events::read(&members))
}

fn may_be_envelope(payload: &[u8]) -> bool {
    let first = payload.iter().find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'{')
        && payload.len() <= PAYLOAD_BYTES_MAX
        && MARKS.iter().any(|mark| memmem::find(payload, mark).is_some())
}

/// The dialect of an envelope: no headers, nothing to strip.
const fn dialect(name: &'static str) -> Dialect {
    Dialect {
        name,
        marks: &[],
        headers: &[],
        repeats: Repeats::Replaced,
        keeps_timestamp: false,
        strip: Strip::NOTHING,
        read: hops::read,
    }
}

/// A stop told by `dialect`: where, and how it failed.
fn stop(dialect: &'static Dialect, place: Option<Hop>, failure: Told) -> Stop {
    let hop = place.map(|place| Hop { dialect: dialect.name.into(), ..place });
    Stop { dialect, hop, failure, attempts: None, within: false, at: 0 }
}

/// Tells what a redrive would send.
fn warn_of_wrapping(warnings: &mut Warnings) {
    warnings.add(format_args!("the payload is an envelope around the message: a redrive sends it as it is"));
}
