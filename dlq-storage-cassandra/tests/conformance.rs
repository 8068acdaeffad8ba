//! The store keeps the contract, on the real server.

mod common;

mod one_shard {
    use crate::common::OwnStore;

    dlq_testkit::conformance!(OwnStore::new());
}

mod four_shards {
    use crate::common::OwnStore;

    dlq_testkit::conformance!(OwnStore::of_shards(4));
}
