//! How the books of a store are opened that another's records were moved into.

use super::Deltas;
use super::invalid;
use crate::storage::account::Account;
use crate::storage::error::StorageResult;

/// What is to be added to the counters, so that the entries of the books that records do not tell stand as wanted.
///
/// # Errors
/// An entry stands higher.
pub fn raise(standing: &Account, wanted: &Account) -> StorageResult<Deltas> {
    let by = |name: &str, stands: u64, wanted: u64| {
        wanted.checked_sub(stands).ok_or_else(|| {
            invalid(
                "open_books",
                format!("{name} {wanted}: at least {stands} is allowed, for so many are counted here"),
            )
        })
    };
    let mut deltas = Deltas::default();
    deltas.submitted = by("submitted", standing.submitted, wanted.submitted)?;
    deltas.imported = by("imported", standing.imported, wanted.imported)?;
    deltas.stored = by("stored", standing.stored, wanted.stored)?;
    deltas.returned = by("returned", standing.returned, wanted.returned)?;
    deltas.purged = by("purged", standing.purged, wanted.purged)?;
    deltas.evicted = by("evicted", standing.evicted, wanted.evicted)?;
    Ok(deltas)
}
