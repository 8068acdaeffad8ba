//! Ready-made policies.

use std::time::Duration;

use super::{BackoffStrategy, ErrorTypes, Exhausted, RetryPolicy};
use crate::record::ErrorType;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

impl RetryPolicy {
    /// Never tries again.
    pub const NO_RETRY: Self = Self {
        max_retries: 0,
        backoff: BackoffStrategy::None,
        attempt_timeout: Duration::from_secs(30),
        max_duration: None,
        retryable: ErrorTypes::RETRYABLE,
        predicate: None,
        when_exhausted: Exhausted::Fail,
    };

    /// Three times, after 1, 2 and 4 seconds; transient errors only.
    pub const DEFAULT: Self = Self {
        max_retries: 3,
        backoff: BackoffStrategy::Exponential { base: SECOND, multiplier: 2.0, max: MINUTE },
        retryable: ErrorTypes::TRANSIENT,
        ..Self::NO_RETRY
    };

    /// Five times, beginning after 100 ms, within an hour; every error for which that may help.
    pub const AGGRESSIVE: Self = Self {
        max_retries: 5,
        backoff: BackoffStrategy::Exponential {
            base: Duration::from_millis(100),
            multiplier: 2.0,
            max: Duration::from_secs(10),
        },
        max_duration: Some(HOUR),
        ..Self::NO_RETRY
    };

    /// Twice, after 10 s each, within five minutes; network errors only.
    pub const CONSERVATIVE: Self = Self {
        max_retries: 2,
        backoff: BackoffStrategy::Fixed(Duration::from_secs(10)),
        max_duration: Some(Duration::from_secs(300)),
        retryable: ErrorTypes::of(&[ErrorType::TransientNetwork]),
        ..Self::NO_RETRY
    };

    /// Ten times, after 1 minute and 5 more each time, up to an hour, within a day; then the record is put on hold.
    pub const LONG_TERM: Self = Self {
        max_retries: 10,
        backoff: BackoffStrategy::Linear { initial: MINUTE, increment: Duration::from_secs(300), max: HOUR },
        max_duration: Some(DAY),
        when_exhausted: Exhausted::Hold,
        ..Self::NO_RETRY
    };

    /// As [`DEFAULT`](Self::DEFAULT), but only for errors of this type, with the backoff that it
    /// [recommends](ErrorType::recommended_backoff); [`NO_RETRY`](Self::NO_RETRY) where trying again is pointless.
    #[must_use]
    pub fn for_error_type(error_type: ErrorType) -> Self {
        if error_type.is_permanent() {
            return Self::NO_RETRY;
        }
        let backoff = error_type.recommended_backoff();
        Self { backoff, retryable: ErrorTypes::of(&[error_type]), ..Self::DEFAULT }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::RetryPolicyBuilder;

    #[test]
    fn every_preset_is_what_the_builder_would_take() {
        let for_types = ErrorType::ALL.map(RetryPolicy::for_error_type);
        use RetryPolicy as P;
        for preset in [P::NO_RETRY, P::DEFAULT, P::AGGRESSIVE, P::CONSERVATIVE, P::LONG_TERM]
            .into_iter()
            .chain(for_types)
        {
            assert_eq!(RetryPolicyBuilder::from(preset.clone()).build(), Ok(preset));
        }
    }
}
