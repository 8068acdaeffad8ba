//! [`ErrorTypes`]: a set of error types.

use std::fmt;

use crate::record::ErrorType;

/// A set of error types.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ErrorTypes(u8);

impl ErrorTypes {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Those that time alone may heal ([`ErrorType::is_transient`]).
    pub const TRANSIENT: Self =
        Self::of(&[ErrorType::TransientNetwork, ErrorType::TransientService, ErrorType::ResourceExhausted]);
    /// Those for which another attempt may succeed ([`ErrorType::is_retryable`]).
    pub const RETRYABLE: Self =
        Self(Self::TRANSIENT.0 | Self::of(&[ErrorType::Authentication, ErrorType::Unknown]).0);

    /// The set of these.
    #[must_use]
    pub const fn of(types: &[ErrorType]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < types.len() {
            set |= 1 << types[at].code();
            at += 1;
        }
        Self(set)
    }

    /// Whether it holds this one.
    #[must_use]
    pub const fn contains(self, error_type: ErrorType) -> bool {
        self.0 & (1 << error_type.code()) != 0
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Each of them, in the order of [`ErrorType::ALL`].
    pub fn iter(self) -> impl Iterator<Item = ErrorType> {
        ErrorType::ALL.into_iter().filter(move |error_type| self.contains(*error_type))
    }
}

impl FromIterator<ErrorType> for ErrorTypes {
    fn from_iter<I: IntoIterator<Item = ErrorType>>(types: I) -> Self {
        types.into_iter().fold(Self::NONE, |set, error_type| Self(set.0 | Self::of(&[error_type]).0))
    }
}

impl fmt::Debug for ErrorTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(ErrorType::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_are_what_the_types_say_of_themselves() {
        let having =
            |rule: fn(ErrorType) -> bool| ErrorType::ALL.into_iter().filter(|kind| rule(*kind)).collect();
        assert_eq!(ErrorTypes::TRANSIENT, having(ErrorType::is_transient));
        assert_eq!(ErrorTypes::RETRYABLE, having(ErrorType::is_retryable));
        assert_eq!(ErrorTypes::NONE, having(|_| false));
    }
}
