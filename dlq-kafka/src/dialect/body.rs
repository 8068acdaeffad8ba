//! Key and payload of letters that do not carry their own: pointers at the source, and bytes kept in headers.

use dlq_core::record::{Body, Content};

use super::hops::Stop;
use super::rule::Dialect;
use super::warnings::Warnings;
use super::{share_group, smallrye, smallrye_deserialization, streams};

/// The letter with the bodies it stands for; nothing where they are its own.
pub(super) fn restored(
    content: &Content,
    stops: &[Stop],
    recognised: &[&Dialect],
    warnings: &mut Warnings,
) -> Option<Content> {
    let is_any = |dialects: &[Dialect]| recognised.iter().any(|r| dialects.iter().any(|d| d.name == r.name));
    if content.key() == Body::Null && content.payload() == Body::Null && stops.iter().any(is_pointer) {
        return content.repacked(Body::Missing, Body::Missing, content.bytes(content.aside())).ok();
    }
    if is_any(&[smallrye::DIALECT, smallrye_deserialization::DIALECT]) {
        return undeserialized(content, warnings);
    }
    None
}

/// Whether the dead letter is but a hint at the message: its framework leaves both out, and tells where the message is.
/// A source that was null itself looks the same: only the source can tell.
fn is_pointer(stop: &Stop) -> bool {
    let leaves_out = [share_group::DIALECT.name, streams::DIALECT.name].contains(&stop.dialect.name);
    let told = stop.hop.as_ref().is_some_and(|hop| hop.partition.is_some() && hop.offset.is_some());
    leaves_out && told
}

/// Puts bytes that could not be deserialized back where null stands for them.
fn undeserialized(content: &Content, warnings: &mut Warnings) -> Option<Content> {
    let key_failed = kept(content, "deserialization-failure-key").is_some_and(|(_, value)| value == b"true");
    let data = |own: Body<'_>, side, side_failed: bool| {
        let either = || kept(content, "deserialization-failure-data").filter(|_| side_failed);
        kept(content, side).or_else(either).filter(|_| own == Body::Null)
    };
    let key = data(content.key(), "deserialization-failure-key-data", key_failed);
    let payload = data(content.payload(), "deserialization-failure-value-data", !key_failed);
    key.or(payload)?;
    for (part, data) in [("key", key), ("payload", payload)] {
        if let Some((name, _)) = data {
            warnings.add(format_args!("the {part} was null and is taken from the header {name}"));
        }
    }
    let present = |data: Option<(_, _)>, own| data.map_or(own, |(_, bytes)| Body::Present(bytes));
    let (key, payload) = (present(key, content.key()), present(payload, content.payload()));
    content.repacked(key, payload, content.bytes(content.aside())).ok()
}

/// A header, unless it is null.
fn kept<'c>(content: &'c Content, name: &'static str) -> Option<(&'static str, &'c [u8])> {
    content.headers().first(name.as_bytes()).and_then(|header| header.value).map(|value| (name, value))
}
