//! [`Origin`]: where a setting comes from.

use std::fmt;

use dlq_core::policy::config::Profile;
use serde::Serialize;

/// What begins the name of every environment variable that sets a key.
pub(super) const PREFIX: &str = "DLQ__";

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// Nobody set it, and `capture.profile` decides.
    Profile(Profile),
    /// This file.
    File(String),
    /// This environment variable.
    Environment(String),
    /// This flag.
    Flag(String),
}

/// The environment variable that sets a key.
#[must_use]
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Profile(profile) => write!(f, "profile {profile}"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}
