//! [`MemoryConfig`]: how much an in-memory store holds, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, ensure};

/// How much an in-memory store holds, and for how long. By default neither is limited.
///
/// It limits records. What the store remembers beside them, such as which arrivals were returns, watermarks and
/// documents, is small, and stays. A record that is gone is not recognised: what arrives again, or comes back from where
/// it was sent, is then stored as new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryConfig {
    /// The most records that are there at once; 1 or more. Default: `None`, no limit of its own.
    pub records_max: Option<usize>,
    /// What happens when one more comes. Default [`Eviction::Refuse`].
    pub eviction: Eviction,
    /// How long a record stays after its last change, once its status is terminal; 1 ms or more. Open records stay
    /// whatever their age. Default: `None`, until it is purged.
    pub terminal_ttl: Option<Duration>,
}

/// What happens when one more record comes than may be there.
///
/// Who makes room is gone for good, and counted as [`evicted`](crate::storage::Account::evicted). Records that are done
/// go before open ones, and those that somebody holds a lease on do not go: where all are held, the new one is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eviction {
    /// It is refused with a `capacity` error of its own, which is temporary: nothing is lost, and it can be written once
    /// something was purged.
    #[default]
    Refuse,
    /// The record goes that came first.
    Fifo,
    /// The record goes that was used longest ago: stored, changed, claimed, or read by its id.
    Lru,
}

impl MemoryConfig {
    /// Whether open records may have to go.
    pub(in crate::storage::memory) fn evicts(&self) -> bool {
        self.records_max.is_some() && self.eviction != Eviction::Refuse
    }

    pub(in crate::storage::memory) fn validate(&self) -> Result<(), Invalid> {
        let (most, ttl) = (self.records_max, self.terminal_ttl);
        ensure(most != Some(0), "memory.records_max", &most, "1 or more, or none")?;
        let long_enough = ttl.is_none_or(|ttl| ttl >= Duration::from_millis(1));
        ensure(long_enough, "memory.terminal_ttl", &ttl, "1 ms or more, or none")
    }
}
