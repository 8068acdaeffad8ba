//! The numbers of an engine: how much at once ([`PerformanceConfig`]), how long and how often ([`ProcessingConfig`]).
//! Numbers only; what makes machines of them is elsewhere.
//!
//! ```
//! use dlq_core::policy::config::{PerformanceConfig, Profile};
//!
//! let ours = PerformanceConfig::builder().batch_size(500).writers(4).build()?;
//! assert_eq!((ours.batch_size(), ours.ring_size()), (500, 65_536));
//!
//! let mistakes = PerformanceConfig::builder().batch_size(0).ring_size(1000).build().unwrap_err().to_string();
//! assert!(mistakes.contains("ring_size = 1000: allowed: a power of two from 2 to 16777216"));
//!
//! let profile: Profile = "low_latency".parse()?;
//! assert_eq!(profile.performance(), PerformanceConfig::LOW_LATENCY);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The profiles:
//!
//! | | `default` | `high_throughput` | `low_latency` | `memory_efficient` | `development` |
//! |---|---|---|---|---|---|
//! | `batching` | on | on | on | on | off |
//! | `batch_size` | 1000 | 5000 | 200 | 200 | 10 |
//! | `batch_size_min` | 100 | 1000 | 100 | 50 | 1 |
//! | `batch_target` | 250 ms | 500 ms | 10 ms | 250 ms | 250 ms |
//! | `linger` | 5 ms | 20 ms | 1 ms | 5 ms | 0 ms |
//! | `writers` | 2 | 4 | 4 | 1 | 1 |
//! | `parallelism` | cores | cores | cores | cores | 1 |
//! | `ring_size` | 65536 | 262144 | 16384 | 4096 | 512 |
//! | `max_pending` | 100000 | 500000 | 20000 | 5000 | 1000 |
//! | `budget_bytes` | 64 MiB | 256 MiB | 32 MiB | 8 MiB | 16 MiB |
//! | `adaptive_threshold` | 0.8 | 0.9 | 0.7 | 0.7 | 0.8 |
//! | `store_timeout` | 30 s | 60 s | 5 s | 30 s | 5 s |
//! | `store_retry_min` | 100 ms | 100 ms | 10 ms | 100 ms | 100 ms |
//! | `store_retry_max` | 5 s | 5 s | 1 s | 5 s | 1 s |
//! | `dedup_window` | off | off | off | off | off |
//! | `dedup_records` | 100000 | 100000 | 100000 | 10000 | 1000 |
//!
//! [`PerformanceConfig::auto`] chooses for a machine and a rate.

mod auto;
mod machine;
mod millis;
mod numbers;
mod performance;
mod processing;
mod profile;
mod validate;

#[cfg(test)]
mod tests;

pub use machine::Machine;
pub use performance::{PerformanceConfig, PerformanceConfigBuilder};
pub use processing::{ProcessingConfig, ProcessingConfigBuilder};
pub use profile::Profile;
pub use validate::InvalidConfig;

use numbers::numbers;

/// What a small record takes in memory.
const SMALL_RECORD_BYTES: usize = 512;
