//! [`PerformanceConfig`]: how much at once.

use std::time::Duration;

use super::validate::Rule;
use super::{SMALL_RECORD_BYTES, millis, numbers};

numbers! {
    /// How much at once: what travels together, side by side, and how much may wait.
    ///
    /// A value is refused when it is built or read, so that whoever holds one may rely on it.
    PerformanceConfig, PerformanceConfigBuilder {
        /// Whether records are written together; else each is written as it comes. Default yes.
        batching: bool,
        /// How many records are written together, at most; 1 to 100 000, and no more than the ring holds. Default 1000.
        batch_size: usize,
        /// How small a batch may become that adapts to how the storage keeps up; 1 to `batch_size`, and at `batch_size` it
        /// does not adapt. Default 100.
        batch_size_min: usize,
        /// How long the storage may take for a batch before the next ones are smaller; 1 ms to 60 s in whole milliseconds.
        /// Default 250 ms.
        #[serde(rename = "batch_target_ms", with = "millis")]
        batch_target: Duration,
        /// How long a batch that is not full waits for more; 0 to 10 s in whole milliseconds. Default 5 ms.
        #[serde(rename = "linger_ms", with = "millis")]
        linger: Duration,
        /// How many batches are written side by side; 1 to 64. Default 2.
        writers: usize,
        /// How many workers handle records side by side; 1 to 1024, `None` for one for each core. Default `None`.
        parallelism: Option<usize>,
        /// How many slots the ring has, and so how many records a handler lets in that have no answer yet, where batches are
        /// written; a power of two from 2 to 16 777 216, no more than `max_pending`. Default 65 536.
        ring_size: usize,
        /// How many records a handler lets in that have no answer yet where lanes take them one by one, without a ring; 2 to
        /// 100 000 000. Default 100 000.
        max_pending: usize,
        /// How many bytes of records may be in memory; 1 MiB or more, and room for one batch of small records, 512 bytes
        /// each. A record larger than that passes alone. Default 64 MiB.
        budget_bytes: usize,
        /// From which share of the records that may be let in on an adaptive gate holds back; more than 0, up to 1. Default 0.8.
        adaptive_threshold: f64,
    }
}

const MIB: usize = 1 << 20;
const LINGER_MAX: Duration = Duration::from_secs(10);
const TARGET_MIN: Duration = Duration::from_millis(1);
const TARGET_MAX: Duration = Duration::from_secs(60);

impl PerformanceConfig {
    pub(super) const RULES: &[Rule<Self>] = &[
        Rule {
            field: "batch_size",
            value: |config| config.batch_size.to_string(),
            holds: |config| (1..=100_000).contains(&config.batch_size),
            allowed: "1 to 100000",
        },
        Rule {
            field: "batch_size",
            value: |config| format!("{} beside ring_size = {}", config.batch_size, config.ring_size),
            holds: |config| config.batch_size <= config.ring_size,
            allowed: "at most ring_size",
        },
        Rule {
            field: "batch_size_min",
            value: |config| format!("{} beside batch_size = {}", config.batch_size_min, config.batch_size),
            holds: |config| config.batch_size_min >= 1 && config.batch_size_min <= config.batch_size,
            allowed: "1 to batch_size",
        },
        Rule {
            field: "batch_target",
            value: |config| format!("{:?}", config.batch_target),
            holds: |config| {
                (TARGET_MIN..=TARGET_MAX).contains(&config.batch_target)
                    && millis::is_whole(config.batch_target)
            },
            allowed: "1 ms to 60 s, in whole milliseconds",
        },
        Rule {
            field: "linger",
            value: |config| format!("{:?}", config.linger),
            holds: |config| config.linger <= LINGER_MAX && millis::is_whole(config.linger),
            allowed: "0 to 10 s, in whole milliseconds",
        },
        Rule {
            field: "writers",
            value: |config| config.writers.to_string(),
            holds: |config| (1..=64).contains(&config.writers),
            allowed: "1 to 64",
        },
        Rule {
            field: "parallelism",
            value: |config| format!("{:?}", config.parallelism),
            holds: |config| config.parallelism.is_none_or(|workers| (1..=1024).contains(&workers)),
            allowed: "1 to 1024, or none: one for each core",
        },
        Rule {
            field: "ring_size",
            value: |config| config.ring_size.to_string(),
            holds: |config| config.ring_size.is_power_of_two() && (2..=1 << 24).contains(&config.ring_size),
            allowed: "a power of two from 2 to 16777216",
        },
        Rule {
            field: "ring_size",
            value: |config| format!("{} beside max_pending = {}", config.ring_size, config.max_pending),
            holds: |config| config.ring_size <= config.max_pending,
            allowed: "at most max_pending",
        },
        Rule {
            field: "max_pending",
            value: |config| config.max_pending.to_string(),
            holds: |config| (2..=100_000_000).contains(&config.max_pending),
            allowed: "2 to 100000000",
        },
        Rule {
            field: "budget_bytes",
            value: |config| config.budget_bytes.to_string(),
            holds: |config| config.budget_bytes >= MIB,
            allowed: "1048576 or more",
        },
        Rule {
            field: "budget_bytes",
            value: |config| format!("{} beside batch_size = {}", config.budget_bytes, config.batch_size),
            holds: |config| config.budget_bytes / SMALL_RECORD_BYTES >= config.batch_size,
            allowed: "512 times batch_size or more",
        },
        Rule {
            field: "adaptive_threshold",
            value: |config| config.adaptive_threshold.to_string(),
            holds: |config| config.adaptive_threshold > 0.0 && config.adaptive_threshold <= 1.0,
            allowed: "more than 0, up to 1",
        },
    ];
}
