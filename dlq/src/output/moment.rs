//! [`Moment`]: a time that a person gave; and how times are shown.

use std::str::FromStr;

use dlq_core::Timestamp;

use crate::config::Timespan;

/// A time: RFC 3339, such as `2025-03-01T12:00:00Z`, or how long ago, such as `2h` or `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At this time.
    At(Timestamp),
    /// So long ago.
    Ago(Timespan),
}

impl Moment {
    /// The time that is meant, seen from `now`.
    #[must_use]
    pub fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(span) => {
                Timestamp::from_millis(now.as_millis().saturating_sub(dlq_core::millis(span.0)))
            }
        }
    }
}

/// The text is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "time {value:?}: RFC 3339 such as 2025-03-01T12:00:00Z, or how long ago such as 2h or 7d, is allowed"
)]
pub struct InvalidMoment {
    value: String,
}

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::At(Timestamp::from_millis(time.as_millisecond())));
        }
        let span = text.trim_end_matches(" ago").parse();
        span.map(Self::Ago).map_err(|_| InvalidMoment { value: text.to_owned() })
    }
}

/// A time as RFC 3339 in UTC; one beyond the year 9999 in milliseconds.
#[must_use]
pub fn shown(time: Timestamp) -> String {
    let millis = time.as_millis();
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| format!("{millis} ms"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_absolute_or_ago() {
        let now = Timestamp::from_millis(10_000_000);
        for (text, millis) in [
            ("1970-01-01T00:00:01Z", 1_000),
            ("1970-01-01T01:00:00.5+01:00", 500),
            ("2h", 2_800_000),
            ("2h ago", 2_800_000),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().resolve(now).as_millis(), millis, "{text}");
        }
        for text in ["", "yesterday", "2025-13-01T00:00:00Z", "-2h", "7"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(shown(Timestamp::from_millis(1_700_000_000_500)), "2023-11-14T22:13:20.5Z");
        assert_eq!(shown(Timestamp::MAX), format!("{} ms", i64::MAX));
    }
}
