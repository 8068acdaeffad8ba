//! [`Statements`]: all that is ever asked of the tables. Columns are named, for a table may get further ones.

use scylla::statement::prepared::PreparedStatement;

use crate::cluster::Cluster;
use crate::error::Trouble;

/// The space of what a shard tells of itself; no space of records has this number.
pub(crate) const OWN: i8 = -1;
/// Its row that tells who wrote last, and the one that tells below which nothing is due.
pub(crate) const TRAIL: &[u8] = &[0];
pub(crate) const FLOOR: &[u8] = &[1];

/// How many plain rows come at a time: each may have a megabyte.
const PLAIN_PAGE: i32 = 50;

/// All that is ever asked of the tables.
#[derive(Debug)]
pub(crate) struct Statements {
    /// Who wrote last, with whatever is under way; and the condition of all that is written.
    pub(crate) trail: PreparedStatement,
    pub(crate) move_trail: PreparedStatement,
    pub(crate) put: PreparedStatement,
    /// A record: its state and its head; and its head alone.
    pub(crate) put_record: PreparedStatement,
    pub(crate) put_head: PreparedStatement,
    pub(crate) cut: PreparedStatement,
    /// Rows by their keys.
    pub(crate) read: PreparedStatement,
    pub(crate) read_records: PreparedStatement,
    /// All rows of a space.
    pub(crate) space: PreparedStatement,
    /// The first keys of a stretch, from either end.
    pub(crate) ascending: PreparedStatement,
    pub(crate) descending: PreparedStatement,
    pub(crate) plain_put: PreparedStatement,
    pub(crate) plain_cut: PreparedStatement,
    pub(crate) plain_read: PreparedStatement,
    pub(crate) now: PreparedStatement,
}

impl Statements {
    pub(crate) async fn prepare(cluster: &Cluster, keyspace: &str) -> Result<Self, Trouble> {
        let (rows, plain) = (format!("{keyspace}.dlq_rows"), format!("{keyspace}.dlq_plain"));
        let shard = "store = ? AND shard = ?";
        let stretch = format!("{shard} AND space = ? AND key >= ? AND key < ?");
        let bucket = "store = ? AND shard = ? AND space = ? AND bucket = ?";
        let prepare = |text: String| async move { cluster.prepare(&text).await };
        let plain_read = format!("SELECT key, value FROM {plain} WHERE {bucket} AND key IN ?");
        let mut plain_read = prepare(plain_read).await?;
        plain_read.set_page_size(PLAIN_PAGE);
        Ok(Self {
            trail: cluster
                .prepare_serial(&format!("SELECT value FROM {rows} WHERE {shard} AND space = ? AND key = ?"))
                .await?,
            move_trail: prepare(format!(
                "UPDATE {rows} SET value = ? WHERE {shard} AND space = ? AND key = ? IF value = ?"
            ))
            .await?,
            put: prepare(format!("UPDATE {rows} SET value = ? WHERE {shard} AND space = ? AND key = ?"))
                .await?,
            put_record: prepare(format!(
                "UPDATE {rows} SET value = ?, head = ? WHERE {shard} AND space = ? AND key = ?"
            ))
            .await?,
            put_head: prepare(format!("UPDATE {rows} SET head = ? WHERE {shard} AND space = ? AND key = ?"))
                .await?,
            cut: prepare(format!("DELETE FROM {rows} WHERE {shard} AND space = ? AND key = ?")).await?,
            read: prepare(format!(
                "SELECT space, key, value FROM {rows} WHERE {shard} AND (space, key) IN ?"
            ))
            .await?,
            read_records: prepare(format!(
                "SELECT key, value, head FROM {rows} WHERE {shard} AND space = ? AND key IN ?"
            ))
            .await?,
            space: prepare(format!("SELECT key, value FROM {rows} WHERE {shard} AND space = ?")).await?,
            ascending: prepare(format!("SELECT key FROM {rows} WHERE {stretch} LIMIT ?")).await?,
            descending: prepare(format!(
                "SELECT key FROM {rows} WHERE {stretch} ORDER BY space DESC, key DESC LIMIT ?"
            ))
            .await?,
            plain_put: prepare(format!(
                "UPDATE {plain} SET value = ? WHERE {bucket} AND key = ? AND part = ?"
            ))
            .await?,
            plain_cut: prepare(format!("DELETE FROM {plain} WHERE {bucket} AND key = ?")).await?,
            plain_read,
            now: prepare("SELECT toUnixTimestamp(now()) FROM system.local".to_owned()).await?,
        })
    }
}
