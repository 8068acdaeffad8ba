//! [`PrivateRedisCluster`]: a Redis Cluster of one test's own.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::PrivateRedis;

/// How long it may take until all nodes know each other.
const START: Duration = Duration::from_secs(60);
/// How long to wait before the next look.
const LOOK: Duration = Duration::from_millis(50);
/// How many slots a cluster has.
const SLOTS: usize = 16_384;
/// A key in the slots of each node.
const KEYS: [&str; NODES] = ["b", "c", "a"];
const NODES: usize = 3;
const OPTIONS: [&str; 4] = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];

static SHARED: Mutex<Weak<PrivateRedisCluster>> = Mutex::new(Weak::new());

/// Three nodes, each with a third of the slots and without replicas. They are gone when it is dropped.
#[derive(Debug)]
pub struct PrivateRedisCluster {
    nodes: Vec<PrivateRedis>,
}

impl PrivateRedisCluster {
    /// Starts three nodes, and waits until each knows where every slot is.
    ///
    /// # Panics
    /// Redis is not installed, or the nodes do not find each other within a minute.
    #[must_use]
    pub fn start() -> Self {
        let nodes = (0..NODES).map(|_| PrivateRedis::start_with(&OPTIONS, Some("--cluster-port"))).collect();
        let cluster = Self { nodes };
        for (number, node) in cluster.nodes.iter().enumerate() {
            let (first, last) = (number * SLOTS / NODES, (number + 1) * SLOTS / NODES - 1);
            assert_eq!(node.told(&format!("CLUSTER ADDSLOTSRANGE {first} {last}")), "+OK");
            assert_eq!(node.told(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1)), "+OK");
        }
        for other in &cluster.nodes[1..] {
            let meet = format!("CLUSTER MEET 127.0.0.1 {} {}", other.port(), other.second_port());
            assert_eq!(cluster.nodes[0].told(&meet), "+OK");
        }
        cluster.is_whole_again();
        cluster
    }

    /// The cluster that other tests of this process use at the same time, or a new one; gone with the last of them.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::start());
            *shared = Arc::downgrade(&cluster);
            cluster
        })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        let nodes: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        format!("redis+cluster://{}", nodes.join(","))
    }

    /// One of the three.
    pub fn node(&mut self, number: usize) -> &mut PrivateRedis {
        &mut self.nodes[number]
    }

    /// Waits until every node knows where every slot is.
    ///
    /// # Panics
    /// It takes more than a minute.
    pub fn is_whole_again(&self) {
        let give_up = Instant::now() + START;
        let finds = |node: &PrivateRedis, key: &str| {
            let answer = node.told(&format!("EXISTS {key}"));
            answer.starts_with(':') || answer.starts_with("-MOVED")
        };
        while !self.nodes.iter().all(|node| KEYS.iter().all(|key| finds(node, key))) {
            assert!(Instant::now() < give_up, "the nodes of the Redis Cluster do not find each other");
            sleep(LOOK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_has_a_part() {
        let cluster = PrivateRedisCluster::start();
        for (node, key) in cluster.nodes.iter().zip(KEYS) {
            assert_eq!(node.told(&format!("SET {key} 1")), "+OK");
        }
    }
}
