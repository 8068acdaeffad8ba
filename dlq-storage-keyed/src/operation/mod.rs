//! What the methods of the contract do.

pub(crate) mod bulk;
pub(crate) mod claim;
pub(crate) mod merge;
mod offer;
pub(crate) mod read;
pub(crate) mod save;
pub(crate) mod settle;
mod source;
pub(crate) mod watermark;

pub(crate) use offer::Offered;
