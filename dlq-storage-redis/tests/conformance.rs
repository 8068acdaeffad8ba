//! The store keeps the contract, on the real server.

mod common;

mod redis {
    use crate::common::UnderPrefix;

    dlq_testkit::conformance!(UnderPrefix::new());
}
