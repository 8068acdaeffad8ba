//! Whatever keeps bytes under keys keeps the contract.

mod shelf;

mod one_shard {
    use crate::shelf::Shelf;

    dlq_testkit::conformance!(Shelf::of_shards(1));
}

mod seven_shards {
    use crate::shelf::Shelf;

    dlq_testkit::conformance!(Shelf::of_shards(7));
}
