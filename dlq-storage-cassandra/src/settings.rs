//! [`Settings`]: how the keyspace and its nodes are set up, as far as it decides what is kept.

use std::collections::HashMap;

use dlq_core::storage::StorageCapability;
use dlq_storage_keyed::FOUND_BY;

use crate::cluster::Cluster;
use crate::error::Trouble;

/// What can be promised where the nodes keep what they acknowledge.
const CAPABILITY: StorageCapability = StorageCapability {
    name: "cassandra",
    durable: true,
    evicts: false,
    largest_batch: 1000,
    pushed_down: &FOUND_BY,
};
/// On so many nodes a row is safe from the loss of power of one: most of them have it.
const REPLICAS: u32 = 3;

/// How the keyspace and its nodes are set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// On how many nodes a row is, in the datacenter with the fewest.
    replicas: u32,
    /// When a node writes down what it acknowledges, where it tells.
    sync: Option<String>,
    durable_writes: bool,
}

impl Settings {
    pub(crate) async fn read(cluster: &Cluster, keyspace: &str) -> Result<Self, Trouble> {
        let asked = "SELECT durable_writes, replication FROM system_schema.keyspaces WHERE keyspace_name = ?";
        let asked = cluster.prepare(asked).await?;
        let told: Vec<(bool, HashMap<String, String>)> = cluster.rows(&asked, (keyspace,)).await?;
        let (durable_writes, replication) = told.into_iter().next().unwrap_or_default();
        Ok(Self { replicas: replicas(&replication), sync: sync(cluster).await.ok(), durable_writes })
    }

    /// What can be promised: no more than what is known.
    pub(crate) fn capability(&self) -> StorageCapability {
        let synced = self.sync.as_deref().is_some_and(|sync| sync != "periodic");
        let durable = self.durable_writes && (synced || self.replicas >= REPLICAS);
        StorageCapability { durable, ..CAPABILITY }
    }

    /// What an operator should know.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let few = (self.replicas < REPLICAS).then(|| {
            format!(
                "the keyspace keeps each row on {} of the nodes: while one is down, nothing can be written; on 3, it can",
                self.replicas
            )
        });
        let lazy = (!self.capability().durable && self.durable_writes).then(|| {
            format!(
                "commitlog_sync {}: a crash of the node takes what was acknowledged in its last moments, and a loss of \
                 power what its log had not written yet; \"batch\" or \"group\" keeps it, and so do 3 replicas",
                self.sync.as_deref().unwrap_or("is not told")
            )
        });
        let none = (!self.durable_writes).then(|| {
            "durable_writes false: a crash of the nodes takes what was acknowledged; ALTER KEYSPACE … WITH \
             durable_writes = true keeps it"
                .to_owned()
        });
        [few, lazy, none].into_iter().flatten().collect()
    }
}

fn replicas(replication: &HashMap<String, String>) -> u32 {
    let factors = replication.iter().filter(|(name, _)| *name != "class");
    // A factor may tell of transient replicas as well, behind a slash.
    let factors = factors.filter_map(|(_, factor)| factor.split('/').next()?.parse().ok());
    factors.min().unwrap_or(0)
}

/// ScyllaDB and Cassandra before 4 do not tell.
async fn sync(cluster: &Cluster) -> Result<String, Trouble> {
    let asked = "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'";
    let asked = cluster.prepare(asked).await?;
    let told: Vec<(String,)> = cluster.rows(&asked, ()).await?;
    told.into_iter().next().map(|(sync,)| sync).ok_or(Trouble::Strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(replicas: u32, sync: Option<&str>, durable_writes: bool) -> Settings {
        Settings { replicas, sync: sync.map(str::to_owned), durable_writes }
    }

    #[test]
    fn what_may_be_lost_is_told_and_nothing_else() {
        for (settings, words) in [
            (of(3, Some("periodic"), true), &[][..]),
            (of(3, None, true), &[]),
            (of(1, Some("group"), true), &["on 1 of the nodes"]),
            (of(2, Some("periodic"), true), &["on 2 of the nodes", "commitlog_sync periodic"]),
            (of(1, None, true), &["on 1 of the nodes", "is not told"]),
            (of(3, Some("batch"), false), &["durable_writes false"]),
        ] {
            let warnings = settings.warnings();
            assert_eq!(warnings.len(), words.len(), "{warnings:?}");
            assert!(warnings.iter().zip(words).all(|(told, word)| told.contains(word)), "{warnings:?}");
            let durable = words.iter().all(|word| word.contains("nodes"));
            assert_eq!(settings.capability().durable, durable, "{settings:?}");
        }
    }

    #[test]
    fn the_datacenter_with_the_fewest_counts() {
        let told = |all: &[(&str, &str)]| {
            replicas(&all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        assert_eq!(told(&[("class", "SimpleStrategy"), ("replication_factor", "3")]), 3);
        assert_eq!(told(&[("class", "NetworkTopologyStrategy"), ("paris", "3/1"), ("rome", "2")]), 2);
        assert_eq!(told(&[]), 0);
    }
}
