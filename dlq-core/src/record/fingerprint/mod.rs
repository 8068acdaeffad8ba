//! Which failures are "the same", so that a thousand letters become one group.

mod normalise;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use normalise::normalise;

/// A name for "the same failure": 64 bits, printed as 16 hexadecimal digits.
///
/// Equal on every machine and in every release that has the same [`VERSION`](Self::VERSION). The default, all zeros, is
/// that of a failure of which none was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

/// What a fingerprint is taken of; what is not known is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct FingerprintInput<'a> {
    /// The topic of origin, or, when unknown, the dead-letter topic.
    pub topic: &'a str,
    /// The class of the root cause.
    pub root_class: Option<&'a str>,
    /// The first application frame, [without its variable parts](super::trace::Frame::stable_name).
    pub frame: Option<&'a str>,
    /// The message as it came, of which the first 8 KiB count: numbers, ids, addresses, quoted parts and times are taken
    /// out here.
    pub message: Option<&'a str>,
    /// Where in a pipeline it failed: `VALUE_CONVERTER`.
    pub stage: Option<&'a str>,
}

impl Fingerprint {
    /// The version of the rules below and of what is taken out of messages. It is part of every fingerprint: when the
    /// rules change, so does the version, and old groups end instead of mixing with new ones.
    pub const VERSION: u8 = 1;

    /// Takes the first of these that is known, each together with topic and root class:
    ///
    /// 1. the application frame: the same place, whatever it said;
    /// 2. the message without its variable parts;
    /// 3. the stage. When that is unknown too, topic and class alone remain, or the topic.
    #[must_use]
    pub fn of(input: &FingerprintInput<'_>) -> Self {
        let class = input.root_class.unwrap_or_default();
        let message = input.message.filter(|message| !message.is_empty());
        match (input.frame, message) {
            (Some(frame), _) => Self::hash(["frame", input.topic, class, frame]),
            (None, Some(message)) => Self::hash(["message", input.topic, class, &normalise(message)]),
            (None, None) => Self::hash(["stage", input.topic, class, input.stage.unwrap_or_default()]),
        }
    }

    /// Takes back what a store kept of [`as_u64`](Self::as_u64).
    #[must_use]
    pub const fn from_u64(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits, for a store to keep.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// Each part is hashed with the hash of those before it, so no part can run into the next.
    fn hash(parts: [&str; 4]) -> Self {
        let seed = u64::from(Self::VERSION);
        Self(parts.into_iter().fold(seed, |seed, part| xxh3_64_with_seed(part.as_bytes(), seed)))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    /// # Errors
    ///
    /// Any text but 16 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidFingerprint { value: text.to_owned() };
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| invalid())
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A text that is no [`Fingerprint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFingerprint {
    value: String,
}

impl fmt::Display for InvalidFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fingerprint {:?} is invalid; allowed: 16 hexadecimal digits", self.value)
    }
}

impl Error for InvalidFingerprint {}
