//! The store keeps the contract, on the real server.

mod common;

mod cassandra {
    use crate::common::OwnStore;

    dlq_testkit::conformance!(OwnStore::new());
}

mod cassandra_in_four_shards {
    use crate::common::OwnStore;

    dlq_testkit::conformance!(OwnStore::of_shards(4));
}
