//! [`InvalidPolicy`]: a value that no policy may have.

use std::fmt::Debug;

/// A value that no policy may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value}: allowed: {allowed}")]
pub struct InvalidPolicy {
    /// The name of the field.
    pub field: &'static str,
    /// What stands there.
    pub value: String,
    /// What may stand there.
    pub allowed: &'static str,
}

/// Refuses a value unless it is right.
pub(super) fn ensure(
    right: bool,
    field: &'static str,
    value: &dyn Debug,
    allowed: &'static str,
) -> Result<(), InvalidPolicy> {
    if right { Ok(()) } else { Err(InvalidPolicy { field, value: format!("{value:?}"), allowed }) }
}
