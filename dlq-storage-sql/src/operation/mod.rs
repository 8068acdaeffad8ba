//! What the methods of the contract do, each in few statements.

pub(crate) mod bulk;
pub(crate) mod claim;
pub(crate) mod read;
pub(crate) mod retry;
pub(crate) mod save;
pub(crate) mod settle;
mod store;

pub(crate) use store::Store;
