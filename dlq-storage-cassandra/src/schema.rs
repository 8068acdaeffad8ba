//! The tables, and which layout a store has: looked at, or made, by everyone who connects.

use std::time::Duration;

use dlq_core::storage::{StorageError, StorageErrorKind, StorageResult};
use dlq_storage_keyed::LAYOUT;

use crate::cluster::Cluster;
use crate::config::CassandraConfig;
use crate::error::Trouble;

/// The version of the tables that this crate makes. A later version first adds to the tables what it will need, and counts
/// this up only with the release that no longer works beside an older one.
const TABLES: i64 = 1;
/// As which store the tables themselves are noted; no store may be called so.
const ALL_STORES: &str = "*";
/// How often the tables are tried to be made: nodes that make the same at the same time may refuse each other.
const TRIES: u32 = 5;

/// For so many seconds a row that was taken away is remembered. A node that was away for longer has to be repaired before
/// it answers again, or what was purged could come back through it; the shorter, the less there is to read past.
const REMEMBERED: u32 = 24 * 60 * 60;

/// Makes what is missing, notes the layout of a new store, and refuses what this crate cannot read. Several may connect at
/// once: who comes first writes, and all others read the same.
pub(crate) async fn check(cluster: &Cluster, config: &CassandraConfig) -> StorageResult<()> {
    let mut tried = 0;
    while let Err(trouble) = make(cluster, config).await {
        let error = trouble.told("connect");
        tried += 1;
        if tried == TRIES || !(error.is_temporary() || *error.kind() == StorageErrorKind::Validation) {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(200 * u64::from(tried))).await;
    }
    let notes = note(cluster, config).await.map_err(|trouble| trouble.told("connect"))?;
    let layout = i64::try_from(LAYOUT).unwrap_or(i64::MAX);
    for (name, stands, known) in [("tables", notes[0], TABLES), ("layout", notes[1], layout)] {
        if stands != known {
            return Err(refused(format!(
                "the store has {name} {stands}: this version reads {name} {known} alone"
            )));
        }
    }
    let (stands, asked) = (notes[2], i64::from(config.shards));
    if stands != asked {
        let message = format!("the store {:?} was made with {stands} shards, and not {asked}", config.store);
        return Err(refused(format!(
            "{message}: shards={stands} opens it; another number needs another store"
        )));
    }
    Ok(())
}

fn refused(message: String) -> StorageError {
    StorageError::new(StorageErrorKind::Validation, "connect", message)
}

async fn make(cluster: &Cluster, config: &CassandraConfig) -> Result<(), Trouble> {
    let keyspace = &config.keyspace;
    let there =
        cluster.prepare("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?").await?;
    let there: Vec<(String,)> = cluster.rows(&there, (keyspace,)).await?;
    let missing = |table: &str| there.iter().all(|(name,)| name != table);
    if there.is_empty() {
        let replication = config.replication.to_cql();
        let keyspace = format!("CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {replication}");
        cluster.define(&keyspace).await?;
    }
    if missing("dlq_meta") {
        let columns = "(store text, name text, value bigint, PRIMARY KEY (store, name))";
        cluster.define(&format!("CREATE TABLE IF NOT EXISTS {keyspace}.dlq_meta {columns}")).await?;
    }
    let options = format!("gc_grace_seconds = {REMEMBERED} AND compaction = {}", compaction(cluster).await?);
    if missing("dlq_rows") {
        let columns = "(store text, shard int, space tinyint, key blob, value blob, head blob, \
                       PRIMARY KEY ((store, shard), space, key))";
        cluster
            .define(&format!("CREATE TABLE IF NOT EXISTS {keyspace}.dlq_rows {columns} WITH {options}"))
            .await?;
    }
    if missing("dlq_plain") {
        let columns = "(store text, shard int, space tinyint, bucket bigint, key blob, part int, value blob, \
                       PRIMARY KEY ((store, shard, space, bucket), key, part))";
        cluster
            .define(&format!("CREATE TABLE IF NOT EXISTS {keyspace}.dlq_plain {columns} WITH {options}"))
            .await?;
    }
    Ok(())
}

/// Levels keep the number of files that a row is looked for in small, and what was taken away is cleared early: Cassandra
/// has them in its unified strategy since 5.0; before, and in ScyllaDB, which calls itself 3, in an own one.
async fn compaction(cluster: &Cluster) -> Result<&'static str, Trouble> {
    let asked = cluster.prepare("SELECT release_version FROM system.local").await?;
    let told: Vec<(String,)> = cluster.rows(&asked, ()).await?;
    let major = told.first().and_then(|(version,)| version.split('.').next()?.parse().ok());
    Ok(match major {
        Some(5_u32..) => "{'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'L4'}",
        _ => "{'class': 'LeveledCompactionStrategy'}",
    })
}

/// Notes what is not noted yet; answers the version of the tables, the layout and the number of shards.
async fn note(cluster: &Cluster, config: &CassandraConfig) -> Result<[i64; 3], Trouble> {
    let meta = format!("{}.dlq_meta", config.keyspace);
    let ask = format!("SELECT value FROM {meta} WHERE store = ? AND name = ?");
    let ask = cluster.prepare_serial(&ask).await?;
    let note = format!("INSERT INTO {meta} (store, name, value) VALUES (?, ?, ?) IF NOT EXISTS");
    let note = cluster.prepare(&note).await?;
    let layout = i64::try_from(LAYOUT).unwrap_or(i64::MAX);
    let all = [
        (ALL_STORES, "tables", TABLES),
        (&config.store, "layout", layout),
        (&config.store, "shards", i64::from(config.shards)),
    ];
    let mut stand = [0; 3];
    for ((store, name, value), stands) in all.into_iter().zip(&mut stand) {
        let mut noted: Vec<(i64,)> = cluster.rows(&ask, (store, name)).await?;
        if noted.is_empty() {
            cluster.note(&note, (store, name, value)).await?;
            noted = cluster.rows(&ask, (store, name)).await?;
        }
        *stands = noted.first().map(|(value,)| *value).ok_or(Trouble::Unknown)?;
    }
    Ok(stand)
}
