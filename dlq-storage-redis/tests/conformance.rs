//! The store keeps the contract, on the real server.

mod common;

mod redis {
    use crate::common::UnderPrefix;

    dlq_testkit::conformance!(UnderPrefix::new());
}

mod redis_in_four_shards {
    use crate::common::UnderPrefix;

    dlq_testkit::conformance!(UnderPrefix::of_shards(4));
}

mod redis_cluster {
    use crate::common::InCluster;

    dlq_testkit::conformance!(InCluster::new());
}
