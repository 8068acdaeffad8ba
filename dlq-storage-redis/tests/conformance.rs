//! The store keeps the contract, on the real server.

mod common;

use common::UnderPrefix;

dlq_testkit::conformance!(UnderPrefix::new());
