//! The bare program on Cassandra: a loop of prepared inserts, many at a time. It keeps what it looks up itself, in tables
//! made for that, and compares nothing.

use anyhow::Context;
use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::serialize::row::SerializeRow;
use scylla::statement::prepared::PreparedStatement;
use uuid::Uuid;

use super::Writer;
use super::batch::{Batch, DETAILS};
use super::look::Look;

/// A record's state, in as many bytes as ours has.
const STATE: &[u8] = &[b's'; 60];
const DONE: &[u8] = &[b'd'; 60];
/// How many statements are out at a time; more are answered no sooner.
const IN_FLIGHT: usize = 128;
/// Among how many partitions what is pending is spread.
const PARTITIONS: i32 = 16;

/// A session, and all that it asks.
#[derive(Debug)]
pub(super) struct Cassandra {
    session: Session,
    put: PreparedStatement,
    change: PreparedStatement,
    get: PreparedStatement,
    join: PreparedStatement,
    latest: PreparedStatement,
    wait: PreparedStatement,
    waiting: PreparedStatement,
    done: PreparedStatement,
    add: PreparedStatement,
    groups: PreparedStatement,
}

const TABLES: [&str; 4] = [
    "bare_record (id uuid PRIMARY KEY, state blob, head blob, content blob)",
    "bare_topic (topic text, id uuid, PRIMARY KEY (topic, id))",
    "bare_pending (part int, time bigint, id uuid, PRIMARY KEY (part, time, id))",
    "bare_group (topic text PRIMARY KEY, records counter)",
];

impl Cassandra {
    pub(super) async fn open(url: &str) -> anyhow::Result<Self> {
        let (session, keyspace) = connect(url).await?;
        session.use_keyspace(&keyspace, false).await?;
        for table in TABLES {
            session.query_unpaged(format!("CREATE TABLE IF NOT EXISTS {table}"), ()).await?;
        }
        let prepare = |text: &'static str| session.prepare(text);
        Ok(Self {
            put: prepare("INSERT INTO bare_record (id, state, head, content) VALUES (?, ?, ?, ?)").await?,
            change: prepare("UPDATE bare_record SET state = ? WHERE id = ?").await?,
            get: prepare("SELECT state, head, content FROM bare_record WHERE id = ?").await?,
            join: prepare("INSERT INTO bare_topic (topic, id) VALUES (?, ?)").await?,
            latest: prepare("SELECT id FROM bare_topic WHERE topic = ? ORDER BY id DESC LIMIT ?").await?,
            wait: prepare("INSERT INTO bare_pending (part, time, id) VALUES (?, ?, ?)").await?,
            waiting: prepare("SELECT time, id FROM bare_pending WHERE part = ? LIMIT ?").await?,
            done: prepare("DELETE FROM bare_pending WHERE part = ? AND time = ? AND id = ?").await?,
            add: prepare("UPDATE bare_group SET records = records + ? WHERE topic = ?").await?,
            groups: prepare("SELECT topic, records FROM bare_group").await?,
            session,
        })
    }

    /// Executes a statement with each of these values, many at a time.
    async fn all<V: SerializeRow>(
        &self,
        statement: &PreparedStatement,
        values: impl Iterator<Item = V>,
    ) -> anyhow::Result<()> {
        let run = values.map(|values| self.session.execute_unpaged(statement, values));
        stream::iter(run).buffer_unordered(IN_FLIGHT).map_ok(drop).try_collect::<()>().await?;
        Ok(())
    }

    async fn find(&self, ids: impl Iterator<Item = Uuid>) -> anyhow::Result<u64> {
        let read = ids.map(|id| async move {
            let rows = self.session.execute_unpaged(&self.get, (id,)).await?.into_rows_result()?;
            anyhow::Ok(rows.rows_num() as u64)
        });
        stream::iter(read).buffer_unordered(IN_FLIGHT).try_fold(0, async |sum, rows| Ok(sum + rows)).await
    }

    /// Takes what is pending, marks it as taken, and then as done.
    async fn work(&self, size: usize) -> anyhow::Result<u64> {
        let mut taken = Vec::new();
        for part in 0..PARTITIONS {
            let left = i32::try_from(size - taken.len())?;
            if left == 0 {
                break;
            }
            let rows = self.session.execute_unpaged(&self.waiting, (part, left)).await?.into_rows_result()?;
            for row in rows.rows::<(i64, Uuid)>()? {
                let (time, id) = row?;
                taken.push((part, time, id));
            }
        }
        self.all(&self.done, taken.iter()).await?;
        self.find(taken.iter().map(|(_, _, id)| *id)).await?;
        for state in [STATE, DONE] {
            self.all(&self.change, taken.iter().map(|(_, _, id)| (state, id))).await?;
        }
        Ok(taken.len() as u64)
    }
}

#[async_trait]
impl Writer for Cassandra {
    async fn write(&self, batch: Batch) -> anyhow::Result<()> {
        let heads: Vec<_> =
            batch.messages.iter().map(|message| [DETAILS, message.as_bytes()].concat()).collect();
        let rows = batch.ids.iter().zip(&heads).zip(&batch.blocks);
        self.all(&self.put, rows.map(|((id, head), block)| (id, STATE, head, block.as_ref()))).await?;
        let topics = || batch.dead_letter_topics.iter().map(|topic| topic.as_str());
        self.all(&self.join, topics().zip(&batch.ids)).await?;
        let part = |id: &Uuid| i32::from(id.as_bytes()[15]) % PARTITIONS;
        self.all(&self.wait, batch.ids.iter().zip(&batch.times).map(|(id, time)| (part(id), time, id)))
            .await?;
        let mut groups = std::collections::HashMap::new();
        topics().for_each(|topic| *groups.entry(topic).or_insert(0_i64) += 1);
        let groups = groups.into_iter().map(|(topic, records)| (scylla::value::Counter(records), topic));
        self.all(&self.add, groups).await
    }

    async fn rows(&self) -> anyhow::Result<u64> {
        let rows = self.session.execute_unpaged(&self.groups, ()).await?.into_rows_result()?;
        let mut sum = 0;
        for row in rows.rows::<(&str, scylla::value::Counter)>()? {
            sum += u64::try_from(row?.1.0)?;
        }
        Ok(sum)
    }

    fn looks(&self) -> bool {
        true
    }

    async fn look(&self, look: &Look) -> anyhow::Result<u64> {
        match look {
            Look::Find(ids) => self.find(ids.iter().map(|id| id.as_uuid())).await,
            Look::Page { topic, size, .. } => {
                let values = (topic, i32::try_from(*size)?);
                let rows = self.session.execute_unpaged(&self.latest, values).await?.into_rows_result()?;
                let ids: Result<Vec<_>, _> = rows.rows::<(Uuid,)>()?.collect();
                self.find(ids?.into_iter().map(|(id,)| id)).await
            }
            Look::Groups => {
                let rows = self.session.execute_unpaged(&self.groups, ()).await?.into_rows_result()?;
                Ok(rows.rows_num() as u64)
            }
            Look::Work { size } => self.work(*size).await,
        }
    }
}

/// The URL of a storage in a keyspace of its own.
pub(in crate::bench) fn in_keyspace(url: &str, keyspace: &str) -> String {
    let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = place.split_once("://").unwrap_or(("cassandra", place));
    let nodes = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{nodes}/{keyspace}?{parameters}")
}

/// Takes away a keyspace with all that is in it.
pub(in crate::bench) async fn drop_keyspace(url: &str, keyspace: &str) -> anyhow::Result<()> {
    let (session, _) = connect(url).await?;
    session.query_unpaged(format!("DROP KEYSPACE IF EXISTS {keyspace}"), ()).await?;
    Ok(())
}

/// A session with the nodes of a URL, and its keyspace.
async fn connect(url: &str) -> anyhow::Result<(Session, String)> {
    // The driver's own error might repeat what stands in the URL.
    let unusable = || anyhow::anyhow!("--store: not a URL of Cassandra");
    let (_, rest) = url.split_once("://").context(unusable())?;
    let place = rest.split('?').next().unwrap_or_default();
    let (address, keyspace) = place.split_once('/').unwrap_or((place, ""));
    let (user, nodes) = address.rsplit_once('@').map_or((None, address), |(user, nodes)| (Some(user), nodes));
    let mut builder = SessionBuilder::new().known_nodes(nodes.split(','));
    if let Some((name, password)) = user.and_then(|user| user.split_once(':')) {
        builder = builder.user(name, password);
    }
    let session = builder.build().await.map_err(|_| anyhow::anyhow!("--store: Cassandra does not answer"))?;
    Ok((session, keyspace.to_owned()))
}
