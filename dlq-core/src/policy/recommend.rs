//! What each type of error recommends: written here, so that words stay below rules.

use std::time::Duration;

use super::{BackoffStrategy, Jitter};
use crate::record::ErrorType;

impl ErrorType {
    /// How long to wait before another attempt, as far as the type alone can tell: not at all where another attempt is
    /// pointless, or nothing is known.
    #[must_use]
    pub const fn recommended_backoff(self) -> BackoffStrategy {
        let (base, multiplier, max) = (Duration::from_secs(1), 2.0, Duration::from_secs(60));
        match self {
            Self::TransientNetwork => BackoffStrategy::Exponential { base, multiplier, max },
            Self::TransientService => {
                BackoffStrategy::ExponentialWithJitter { base, multiplier, max, jitter: Jitter::Partial(0.5) }
            }
            Self::ResourceExhausted => BackoffStrategy::Linear {
                initial: Duration::from_secs(10),
                increment: Duration::from_secs(10),
                max: Duration::from_secs(300),
            },
            Self::Authentication => BackoffStrategy::Fixed(Duration::from_secs(60)),
            Self::PermanentFailure | Self::Serialization | Self::Validation | Self::Unknown => {
                BackoffStrategy::None
            }
        }
    }
}
