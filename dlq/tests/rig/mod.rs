//! What the tests with real processes on a real broker share: topics, letters and stores of their own, `dlq` started,
//! signalled and killed, and the books afterwards.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its part, and may panic"
)]

pub mod back;
mod books;
mod chance;
mod kafka;
mod process;
mod store;

use std::time::{Duration, Instant};

pub use books::{
    account, assert_accounted, assert_verified, capture, ids_with_status, records, show, stored, until_stored,
};
pub use chance::{lasting, moments, rounds};
pub use kafka::{Cluster, Load, all_of, count_of, first_of, members_at_work, produce, topic};
pub use process::{Process, dlq, dlq_and_errors, dlq_with};
pub use store::{Locked, Store, opened, sql};

/// How long a test waits for something that must happen.
pub const SOON: Duration = Duration::from_secs(90);

/// Has the broker let go of a dead member after six seconds, the least that brokers allow, so that a restart after a
/// kill waits less.
pub const DEAD_AFTER_6_S: (&str, &str) = ("DLQ__KAFKA__CLIENT__SESSION__TIMEOUT__MS", "6000");

/// A name that no other test has.
pub fn unique(name: &str) -> String {
    format!("{name}-{:016x}", uuid::Uuid::new_v4().as_u64_pair().1)
}

/// Asks until the answer is yes.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < give_up, "it never came to be that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}
