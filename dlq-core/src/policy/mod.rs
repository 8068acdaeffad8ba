//! What may happen next, and when: pure functions of what failed, how often, and now. Nothing here waits, asks a clock or
//! rolls dice; the same question has the same answer.
//!
//! ```
//! use dlq_core::ErrorType;
//! use dlq_core::policy::{Decision, RetryPolicy, Scope, ScopedPolicies, Tried};
//! use dlq_core::record::FailureSummary;
//! use dlq_core::{RecordId, Timestamp};
//! use std::time::Duration;
//!
//! let policies = ScopedPolicies::new(RetryPolicy::DEFAULT)
//!     .with(Scope::topic("payments".parse()?), RetryPolicy::AGGRESSIVE);
//! let failure = FailureSummary { error_type: ErrorType::TransientNetwork, ..FailureSummary::default() };
//!
//! let now = Timestamp::from_millis(60_000);
//! let tried = Tried { record: RecordId::MIN, attempts: 1, since: now, failure: &failure };
//! let decision = policies.of(Some("orders"), &failure).decide(&tried, now);
//! assert_eq!(decision, Decision::Retry { after: Duration::from_secs(1) });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backoff;
mod builder;
pub mod config;
mod error_types;
mod preset;
mod recommend;
mod retry;
mod scope;

pub use backoff::{BackoffStrategy, CustomBackoff, Jitter};
pub use builder::RetryPolicyBuilder;
pub use error_types::ErrorTypes;
pub use retry::{Decision, Exhausted, GaveUp, RetryPolicy, RetryPredicate, Tried};
pub use scope::{Scope, ScopedPolicies};
