//! [`ProcessingConfig`]: how long, and how often.

use std::time::Duration;

use super::validate::Rule;
use super::{millis, numbers};

numbers! {
    /// How long the storage may take, when it is asked again, and for how long a repeated submission is recognised.
    ///
    /// A value is refused when it is built or read, so that whoever holds one may rely on it.
    ProcessingConfig, ProcessingConfigBuilder {
        /// How long the storage may take to answer before it is asked again; 1 ms to 1 h in whole milliseconds. Default 30 s.
        #[serde(rename = "store_timeout_ms", with = "millis")]
        store_timeout: Duration,
        /// How long to wait before a failed write is repeated for the first time, doubled each time; 1 ms to
        /// `store_retry_max` in whole milliseconds. Default 100 ms.
        #[serde(rename = "store_retry_min_ms", with = "millis")]
        store_retry_min: Duration,
        /// How long to wait between repetitions, at most; up to 1 h in whole milliseconds. Default 5 s.
        #[serde(rename = "store_retry_max_ms", with = "millis")]
        store_retry_max: Duration,
        /// For how long a record that is submitted again is recognised; 0 to 24 h in whole milliseconds, where 0 is never.
        /// Default 0.
        #[serde(rename = "dedup_window_ms", with = "millis")]
        dedup_window: Duration,
        /// How many submitted records are remembered for that, at most: the oldest is forgotten first; 1 to 10 000 000.
        /// Default 100 000.
        dedup_records: usize,
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3_600);

impl ProcessingConfig {
    pub(super) const RULES: &[Rule<Self>] = &[
        Rule {
            field: "store_timeout",
            value: |config| format!("{:?}", config.store_timeout),
            holds: |config| {
                (MILLISECOND..=HOUR).contains(&config.store_timeout) && millis::is_whole(config.store_timeout)
            },
            allowed: "1 ms to 1 h, in whole milliseconds",
        },
        Rule {
            field: "store_retry_min",
            value: |config| {
                format!("{:?} beside store_retry_max = {:?}", config.store_retry_min, config.store_retry_max)
            },
            holds: |config| {
                (MILLISECOND..=config.store_retry_max).contains(&config.store_retry_min)
                    && millis::is_whole(config.store_retry_min)
            },
            allowed: "1 ms to store_retry_max, in whole milliseconds",
        },
        Rule {
            field: "store_retry_max",
            value: |config| format!("{:?}", config.store_retry_max),
            holds: |config| {
                (MILLISECOND..=HOUR).contains(&config.store_retry_max)
                    && millis::is_whole(config.store_retry_max)
            },
            allowed: "1 ms to 1 h, in whole milliseconds",
        },
        Rule {
            field: "dedup_window",
            value: |config| format!("{:?}", config.dedup_window),
            holds: |config| config.dedup_window <= 24 * HOUR && millis::is_whole(config.dedup_window),
            allowed: "0 to 24 h, in whole milliseconds; 0 is never",
        },
        Rule {
            field: "dedup_records",
            value: |config| config.dedup_records.to_string(),
            holds: |config| (1..=10_000_000).contains(&config.dedup_records),
            allowed: "1 to 10000000",
        },
    ];
}
