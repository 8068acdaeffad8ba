//! Requests that make no sense are refused before anything is read.

use std::time::Duration;

use super::invalid;
use crate::storage::account::Advance;
use crate::storage::claim::{ClaimRequest, ClaimSelect};
use crate::storage::error::StorageResult;
use crate::storage::query::{Cursor, Order, PageRequest};

/// Whether a claim can be served.
///
/// # Errors
/// Its limit, lease or number of unsettled claims is out of range, or its cursor is of another order.
pub fn check_claim(request: &ClaimRequest) -> StorageResult<()> {
    at_least_one("claim", "limit", request.limit)?;
    if request.max_unsettled == 0 {
        return Err(invalid("claim", "max_unsettled 0: at least 1 is allowed".to_owned()));
    }
    check_lease("claim", request.lease)?;
    match &request.select {
        ClaimSelect::Matching { criteria, after } => check_cursor("claim", criteria.order, after.as_ref()),
        ClaimSelect::Due | ClaimSelect::Ids(_) => Ok(()),
    }
}

/// Whether a page can be served.
///
/// # Errors
/// Its size is 0, or its cursor is of another order.
pub fn check_page(request: &PageRequest) -> StorageResult<()> {
    at_least_one("page", "size", request.size)?;
    check_cursor("page", request.criteria.order, request.after.as_ref())
}

/// Whether a watermark can move so.
///
/// # Errors
/// It would move backwards.
pub fn check_advance(advance: &Advance) -> StorageResult<()> {
    let Advance { from, to, .. } = advance;
    if to < from {
        return Err(invalid("advance", format!("to {to}: at least from ({from}) is allowed")));
    }
    Ok(())
}

pub(super) fn check_lease(operation: &'static str, lease: Duration) -> StorageResult<()> {
    if lease < Duration::from_millis(1) {
        return Err(invalid(operation, format!("lease {lease:?}: at least 1ms is allowed")));
    }
    Ok(())
}

fn at_least_one(operation: &'static str, field: &str, value: usize) -> StorageResult<()> {
    if value == 0 {
        return Err(invalid(operation, format!("{field} 0: at least 1 is allowed")));
    }
    Ok(())
}

fn check_cursor(operation: &'static str, order: Order, after: Option<&Cursor>) -> StorageResult<()> {
    match after {
        Some(cursor) if cursor.order != order => Err(invalid(
            operation,
            format!("cursor {cursor}: only a cursor of the order {order:?} is allowed"),
        )),
        _ => Ok(()),
    }
}
