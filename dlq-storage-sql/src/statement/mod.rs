//! What is asked of a database: every statement once, written through the dialect.

mod captured;
pub(crate) mod change;
pub(crate) mod claim;
pub(crate) mod delete;
pub(crate) mod delivery;
pub(crate) mod document;
pub(crate) mod find;
pub(crate) mod history;
pub(crate) mod insert;
pub(crate) mod query;
pub(crate) mod tally;
pub(crate) mod watermark;

#[cfg(all(test, feature = "mysql"))]
mod plan_mysql_tests;
#[cfg(all(test, feature = "sqlite"))]
mod plan_tests;
