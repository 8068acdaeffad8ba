//! [`Invalid`]: a value that is not allowed where it stands.

use std::fmt::Debug;

/// A value that is not allowed where it stands: its field, the value, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value}: allowed: {allowed}")]
pub struct Invalid {
    /// The name of the field.
    pub field: &'static str,
    /// What stands there.
    pub value: String,
    /// What may stand there.
    pub allowed: &'static str,
}

/// Refuses a value unless it is right.
pub(crate) fn ensure(
    right: bool,
    field: &'static str,
    value: &dyn Debug,
    allowed: &'static str,
) -> Result<(), Invalid> {
    if right { Ok(()) } else { Err(Invalid { field, value: format!("{value:?}"), allowed }) }
}
