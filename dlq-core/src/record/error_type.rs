//! What kind of failure a dead letter died of.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The kind of a failure, as far as it decides what to do next.
///
/// | type | transient | permanent | retryable |
/// |---|---|---|---|
/// | [`TransientNetwork`](Self::TransientNetwork) | yes | | yes |
/// | [`TransientService`](Self::TransientService) | yes | | yes |
/// | [`PermanentFailure`](Self::PermanentFailure) | | yes | |
/// | [`Serialization`](Self::Serialization) | | yes | |
/// | [`Authentication`](Self::Authentication) | | | yes |
/// | [`Validation`](Self::Validation) | | yes | |
/// | [`ResourceExhausted`](Self::ResourceExhausted) | yes | | yes |
/// | [`Unknown`](Self::Unknown) (default) | | | yes |
///
/// The discriminants are the [codes](Self::code) that stores write; they never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ErrorType {
    /// The way to another machine failed: refused, reset, timed out, not resolved.
    TransientNetwork = 1,
    /// The other side is there but cannot serve now: restarting, electing a leader, deadlocked.
    TransientService = 2,
    /// The same letter will fail the same way again.
    PermanentFailure = 3,
    /// The bytes could not be read or written as what they claim to be.
    Serialization = 4,
    /// Who we are, or what we may do, was not accepted: a person changes that, not the letter.
    Authentication = 5,
    /// The letter was read, and what it says is not allowed.
    Validation = 6,
    /// Something ran out: memory, disk, connections, quota.
    ResourceExhausted = 7,
    /// Nobody could tell.
    #[default]
    Unknown = 0,
}

impl ErrorType {
    /// Every type, in the order of their declaration.
    pub const ALL: [Self; 8] = [
        Self::TransientNetwork,
        Self::TransientService,
        Self::PermanentFailure,
        Self::Serialization,
        Self::Authentication,
        Self::Validation,
        Self::ResourceExhausted,
        Self::Unknown,
    ];

    /// True when time alone may heal it.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::TransientNetwork | Self::TransientService | Self::ResourceExhausted)
    }

    /// True when another attempt with the same letter is pointless.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::PermanentFailure | Self::Serialization | Self::Validation)
    }

    /// True when another attempt may succeed; the opposite of [`is_permanent`](Self::is_permanent).
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        !self.is_permanent()
    }

    /// The name in text, JSON and configuration: `transient_network`, `unknown`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TransientNetwork => "transient_network",
            Self::TransientService => "transient_service",
            Self::PermanentFailure => "permanent_failure",
            Self::Serialization => "serialization",
            Self::Authentication => "authentication",
            Self::Validation => "validation",
            Self::ResourceExhausted => "resource_exhausted",
            Self::Unknown => "unknown",
        }
    }

    /// The number that stores write: 0 for [`Unknown`](Self::Unknown), else 1 to 7.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The type with this [`code`](Self::code), or nothing when no type has it.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ErrorType {
    type Err = InvalidErrorType;

    /// # Errors
    ///
    /// Any text that is not exactly the [`as_str`](Self::as_str) of a type.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| InvalidErrorType { value: text.to_owned() })
    }
}

/// A text that names no [`ErrorType`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidErrorType {
    value: String,
}

impl fmt::Display for InvalidErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let allowed = ErrorType::ALL.map(ErrorType::as_str).join(", ");
        write!(f, "error type {:?} is unknown; allowed: {allowed}", self.value)
    }
}

impl Error for InvalidErrorType {}

#[cfg(test)]
mod tests {
    use super::ErrorType;

    #[test]
    fn every_type_is_found_again_by_name_code_and_json() {
        for kind in ErrorType::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert_eq!(ErrorType::from_code(kind.code()), Some(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<ErrorType>(&json).unwrap(), kind);
        }
    }

    #[test]
    fn codes_never_change() {
        assert_eq!(ErrorType::ALL.map(ErrorType::code), [1, 2, 3, 4, 5, 6, 7, 0]);
        assert_eq!(ErrorType::from_code(8), None);
        assert_eq!(ErrorType::default(), ErrorType::Unknown);
    }

    #[test]
    fn transient_permanent_and_retryable_follow_the_table() {
        let having = |rule: fn(ErrorType) -> bool| -> Vec<u8> {
            ErrorType::ALL.into_iter().filter(|kind| rule(*kind)).map(ErrorType::code).collect()
        };
        assert_eq!(having(ErrorType::is_transient), [1, 2, 7]);
        assert_eq!(having(ErrorType::is_permanent), [3, 4, 6]);
        assert_eq!(having(ErrorType::is_retryable), [1, 2, 5, 7, 0]);
    }

    #[test]
    fn a_wrong_name_is_refused_with_the_allowed_ones() {
        let error = "Transient".parse::<ErrorType>().unwrap_err().to_string();
        assert!(error.starts_with("error type \"Transient\" is unknown; allowed: transient_network, "));
        assert!(error.ends_with(", unknown"));
    }
}
