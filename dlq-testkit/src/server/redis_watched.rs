//! [`PrivateRedisWatched`]: a Redis, its replica and a sentinel, of one test's own.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::PrivateRedis;

/// How long it may take until the sentinel knows both servers.
const START: Duration = Duration::from_secs(60);
/// How long to wait before the next look.
const LOOK: Duration = Duration::from_millis(50);

/// A server, its replica, and a sentinel that makes that the server when the first is gone. They are gone when it is
/// dropped.
#[derive(Debug)]
pub struct PrivateRedisWatched {
    server: PrivateRedis,
    replica: PrivateRedis,
    sentinel: PrivateRedis,
}

impl PrivateRedisWatched {
    /// Starts all three, and waits until the sentinel knows both servers.
    ///
    /// # Panics
    /// Redis is not installed, or they do not find each other within a minute.
    #[must_use]
    pub fn start() -> Self {
        let server = PrivateRedis::start();
        let place = format!("127.0.0.1 {}", server.port());
        let replica = PrivateRedis::start_with(&["--replicaof", &place], None);
        let sentinel = PrivateRedis::start_sentinel(&[
            format!("sentinel monitor main {place} 1"),
            "sentinel down-after-milliseconds main 1000".to_owned(),
            "sentinel failover-timeout main 5000".to_owned(),
        ]);
        let watched = Self { server, replica, sentinel };
        let knows = || watched.sentinel.told("SENTINEL replicas main") == "*1";
        until(knows, "the sentinel does not know the replica");
        watched
    }

    /// Where it is, as the sentinel knows it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/main", self.sentinel.port())
    }

    /// Kills the server once its replica has all that it acknowledged.
    ///
    /// # Panics
    /// The replica does not follow.
    pub fn kill9(&mut self) {
        // What is replicated arrives in its order.
        assert_eq!(self.server.told("SET last 1"), "+OK");
        until(|| self.replica.told("EXISTS last") == ":1", "the replica does not follow");
        self.server.kill9();
    }

    /// The server that was the replica.
    #[must_use]
    pub const fn replica(&self) -> &PrivateRedis {
        &self.replica
    }
}

fn until(reached: impl Fn() -> bool, else_: &str) {
    let give_up = Instant::now() + START;
    while !reached() {
        assert!(Instant::now() < give_up, "{else_}");
        sleep(LOOK);
    }
}
