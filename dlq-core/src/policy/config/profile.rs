//! [`Profile`]: numbers chosen for a purpose.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{PerformanceConfig, ProcessingConfig};
use crate::invalid::Invalid;

/// What an engine is for; the numbers follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// A hundred thousand records a second on a few cores, each stored within a few milliseconds.
    #[default]
    Default,
    /// As many records a second as the storage takes; each may wait a little longer.
    HighThroughput,
    /// Each record stored as soon as may be, at some ten thousand a second.
    LowLatency,
    /// A few megabytes in all, beside others in a small container.
    MemoryEfficient,
    /// One record after another, and failures told soon: what happens is easy to follow.
    Development,
}

const MIB: usize = 1 << 20;
const SECOND: Duration = Duration::from_secs(1);

impl PerformanceConfig {
    /// The numbers of [`Profile::Default`].
    pub const DEFAULT: Self = Self {
        batching: true,
        batch_size: 1_000,
        batch_size_min: 100,
        batch_target: Duration::from_millis(250),
        linger: Duration::from_millis(5),
        writers: 2,
        parallelism: None,
        ring_size: 65_536,
        max_pending: 100_000,
        budget_bytes: 64 * MIB,
        adaptive_threshold: 0.8,
    };

    /// The numbers of [`Profile::HighThroughput`].
    pub const HIGH_THROUGHPUT: Self = Self {
        batch_size: 5_000,
        batch_size_min: 1_000,
        batch_target: Duration::from_millis(500),
        linger: Duration::from_millis(20),
        writers: 4,
        ring_size: 262_144,
        max_pending: 500_000,
        budget_bytes: 256 * MIB,
        adaptive_threshold: 0.9,
        ..Self::DEFAULT
    };

    /// The numbers of [`Profile::LowLatency`]: batches that a database writes within milliseconds, and hands enough to
    /// write the next one meanwhile. Batches much smaller cost a database more than they spare.
    pub const LOW_LATENCY: Self = Self {
        batch_size: 200,
        batch_size_min: 100,
        batch_target: Duration::from_millis(10),
        linger: Duration::from_millis(1),
        writers: 4,
        ring_size: 16_384,
        max_pending: 20_000,
        budget_bytes: 32 * MIB,
        adaptive_threshold: 0.7,
        ..Self::DEFAULT
    };

    /// The numbers of [`Profile::MemoryEfficient`].
    pub const MEMORY_EFFICIENT: Self = Self {
        batch_size: 200,
        batch_size_min: 50,
        writers: 1,
        ring_size: 4_096,
        max_pending: 5_000,
        budget_bytes: 8 * MIB,
        adaptive_threshold: 0.7,
        ..Self::DEFAULT
    };

    /// The numbers of [`Profile::Development`].
    pub const DEVELOPMENT: Self = Self {
        batching: false,
        batch_size: 10,
        batch_size_min: 1,
        linger: Duration::ZERO,
        writers: 1,
        parallelism: Some(1),
        ring_size: 512,
        max_pending: 1_000,
        budget_bytes: 16 * MIB,
        ..Self::DEFAULT
    };
}

impl ProcessingConfig {
    /// The numbers of [`Profile::Default`].
    pub const DEFAULT: Self = Self {
        store_timeout: Duration::from_secs(30),
        store_retry_min: Duration::from_millis(100),
        store_retry_max: Duration::from_secs(5),
        dedup_window: Duration::ZERO,
        dedup_records: 100_000,
    };

    /// The numbers of [`Profile::HighThroughput`]: a large batch may take long.
    pub const HIGH_THROUGHPUT: Self = Self { store_timeout: Duration::from_secs(60), ..Self::DEFAULT };

    /// The numbers of [`Profile::LowLatency`]: what hangs is asked again soon.
    pub const LOW_LATENCY: Self = Self {
        store_timeout: Duration::from_secs(5),
        store_retry_min: Duration::from_millis(10),
        store_retry_max: SECOND,
        ..Self::DEFAULT
    };

    /// The numbers of [`Profile::MemoryEfficient`].
    pub const MEMORY_EFFICIENT: Self = Self { dedup_records: 10_000, ..Self::DEFAULT };

    /// The numbers of [`Profile::Development`].
    pub const DEVELOPMENT: Self = Self {
        store_timeout: Duration::from_secs(5),
        store_retry_max: SECOND,
        dedup_records: 1_000,
        ..Self::DEFAULT
    };
}

impl Profile {
    /// Every profile, in the order of their declaration.
    pub const ALL: [Self; 5] =
        [Self::Default, Self::HighThroughput, Self::LowLatency, Self::MemoryEfficient, Self::Development];

    /// How much at once.
    #[must_use]
    pub const fn performance(self) -> PerformanceConfig {
        match self {
            Self::Default => PerformanceConfig::DEFAULT,
            Self::HighThroughput => PerformanceConfig::HIGH_THROUGHPUT,
            Self::LowLatency => PerformanceConfig::LOW_LATENCY,
            Self::MemoryEfficient => PerformanceConfig::MEMORY_EFFICIENT,
            Self::Development => PerformanceConfig::DEVELOPMENT,
        }
    }

    /// How long, and how often.
    #[must_use]
    pub const fn processing(self) -> ProcessingConfig {
        match self {
            Self::Default => ProcessingConfig::DEFAULT,
            Self::HighThroughput => ProcessingConfig::HIGH_THROUGHPUT,
            Self::LowLatency => ProcessingConfig::LOW_LATENCY,
            Self::MemoryEfficient => ProcessingConfig::MEMORY_EFFICIENT,
            Self::Development => ProcessingConfig::DEVELOPMENT,
        }
    }

    /// The name in text, JSON and configuration: `default`, `high_throughput`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::HighThroughput => "high_throughput",
            Self::LowLatency => "low_latency",
            Self::MemoryEfficient => "memory_efficient",
            Self::Development => "development",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = Invalid;

    /// # Errors
    /// Any text that is not exactly the [`as_str`](Self::as_str) of a profile.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == text).ok_or_else(|| Invalid {
            field: "profile",
            value: format!("{text:?}"),
            allowed: "default, high_throughput, low_latency, memory_efficient, development",
        })
    }
}
