//! The bare program on Cassandra: a loop of prepared inserts, many at a time. It keeps what it looks up itself, in tables
//! made for that, and compares nothing.

use std::collections::HashMap;

use anyhow::Context;
use async_trait::async_trait;
use futures_util::TryStreamExt;
use futures_util::stream::FuturesUnordered;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::response::query_result::QueryResult;
use scylla::serialize::row::SerializeRow;
use scylla::statement::prepared::PreparedStatement;
use scylla::value::Counter;
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
        values: Vec<V>,
    ) -> anyhow::Result<()> {
        let mut run = FuturesUnordered::new();
        for values in values {
            if run.len() == IN_FLIGHT {
                run.try_next().await?;
            }
            run.push(self.session.execute_unpaged(statement, values));
        }
        while run.try_next().await?.is_some() {}
        Ok(())
    }

    async fn find(&self, ids: Vec<Uuid>) -> anyhow::Result<u64> {
        let (mut run, mut found) = (FuturesUnordered::new(), 0);
        for id in ids {
            if run.len() == IN_FLIGHT {
                found += rows_of(run.try_next().await?)?;
            }
            run.push(self.session.execute_unpaged(&self.get, (id,)));
        }
        while let Some(answer) = run.try_next().await? {
            found += rows_of(Some(answer))?;
        }
        Ok(found)
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
        self.all(&self.done, taken.clone()).await?;
        self.find(taken.iter().map(|(_, _, id)| *id).collect()).await?;
        for state in [STATE, DONE] {
            self.all(&self.change, taken.iter().map(|(_, _, id)| (state, *id)).collect()).await?;
        }
        Ok(taken.len() as u64)
    }
}

#[async_trait]
impl Writer for Cassandra {
    async fn write(&self, batch: Batch) -> anyhow::Result<()> {
        let Batch { ids, messages, blocks, dead_letter_topics, times, .. } = batch;
        let heads = messages.iter().map(|message| [DETAILS, message.as_bytes()].concat());
        let rows = ids.iter().zip(heads).zip(&blocks);
        let rows = rows.map(|((id, head), block)| (*id, STATE, head, block.to_vec())).collect();
        self.all(&self.put, rows).await?;
        let topics: Vec<_> = dead_letter_topics.iter().map(ToString::to_string).collect();
        self.all(&self.join, topics.iter().cloned().zip(ids.iter().copied()).collect()).await?;
        let part = |id: &Uuid| i32::from(id.as_bytes()[15]) % PARTITIONS;
        let waiting = ids.iter().zip(&times).map(|(id, time)| (part(id), *time, *id)).collect();
        self.all(&self.wait, waiting).await?;
        let mut groups = HashMap::new();
        topics.into_iter().for_each(|topic| *groups.entry(topic).or_insert(0_i64) += 1);
        let groups = groups.into_iter().map(|(topic, records)| (Counter(records), topic)).collect();
        self.all(&self.add, groups).await
    }

    async fn rows(&self) -> anyhow::Result<u64> {
        let rows = self.session.execute_unpaged(&self.groups, ()).await?.into_rows_result()?;
        let mut sum = 0;
        for row in rows.rows::<(&str, Counter)>()? {
            sum += u64::try_from(row?.1.0)?;
        }
        Ok(sum)
    }

    fn looks(&self) -> bool {
        true
    }

    async fn look(&self, look: &Look) -> anyhow::Result<u64> {
        match look {
            Look::Find(ids) => self.find(ids.iter().map(|id| id.as_uuid()).collect()).await,
            Look::Page { topic, size, .. } => {
                let values = (topic.as_str(), i32::try_from(*size)?);
                let rows = self.session.execute_unpaged(&self.latest, values).await?.into_rows_result()?;
                let ids: Result<Vec<_>, _> = rows.rows::<(Uuid,)>()?.collect();
                self.find(ids?.into_iter().map(|(id,)| id).collect()).await
            }
            Look::Groups => {
                let rows = self.session.execute_unpaged(&self.groups, ()).await?.into_rows_result()?;
                Ok(rows.rows_num() as u64)
            }
            Look::Work { size } => self.work(*size).await,
        }
    }
}

fn rows_of(answer: Option<QueryResult>) -> anyhow::Result<u64> {
    let rows = answer.map(QueryResult::into_rows_result).transpose()?;
    Ok(rows.map_or(0, |rows| rows.rows_num() as u64))
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
