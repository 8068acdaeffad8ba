//! The bare program on Redis: one pipeline a batch. It keeps what it looks up itself, in hashes and sets made for that.

use std::collections::HashMap;

use anyhow::Context;
use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use redis::{Client, Pipeline, cmd, pipe};
use uuid::Uuid;

use super::Writer;
use super::batch::{Batch, DETAILS};
use super::look::Look;

/// A record's state, in as many bytes as ours has.
const STATE: &[u8] = &[b's'; 60];
const DONE: &[u8] = &[b'd'; 60];

/// A connection, and the prefix of its keys.
#[derive(Debug)]
pub(super) struct Redis {
    connection: MultiplexedConnection,
    prefix: String,
}

impl Redis {
    pub(super) async fn open(url: &str) -> anyhow::Result<Self> {
        let connection = connect(url).await?;
        let parsed = url::Url::parse(url).context("--store")?;
        let prefix =
            parsed.query_pairs().find(|(name, _)| name == "prefix").map(|(_, value)| value.into_owned());
        Ok(Self { connection, prefix: prefix.unwrap_or_default() })
    }

    fn key(&self, name: &str) -> String {
        format!("{{{}:0}}:{name}", self.prefix)
    }

    async fn ask<T: redis::FromRedisValue>(&self, commands: &Pipeline) -> anyhow::Result<T> {
        Ok(commands.query_async(&mut self.connection.clone()).await?)
    }

    /// The values of these records, with their contents or without.
    async fn values(&self, ids: &[impl AsRef<[u8]>], content: bool) -> anyhow::Result<u64> {
        let ids: Vec<&[u8]> = ids.iter().map(AsRef::as_ref).collect();
        let mut commands = pipe();
        for name in ["state", "head", "content"].into_iter().take(if content { 3 } else { 2 }) {
            commands.cmd("HMGET").arg(self.key(name)).arg(&ids);
        }
        let values: Vec<Vec<Option<Vec<u8>>>> = self.ask(&commands).await?;
        Ok(values.first().into_iter().flatten().flatten().count() as u64)
    }

    /// Takes what is pending, marks it as taken, and then as done.
    async fn work(&self, size: usize) -> anyhow::Result<u64> {
        let take = pipe().cmd("ZPOPMIN").arg(self.key("pending")).arg(size).to_owned();
        let (taken,): (Vec<(Vec<u8>, f64)>,) = self.ask(&take).await?;
        let ids: Vec<_> = taken.into_iter().map(|(id, _)| id).collect();
        for state in [STATE, DONE] {
            self.values(&ids, state == STATE).await?;
            let mut set = pipe();
            let fields: Vec<_> = ids.iter().map(|id| (id, state)).collect();
            set.hset_multiple(self.key("state"), &fields);
            let _: ((),) = self.ask(&set).await?;
        }
        Ok(ids.len() as u64)
    }
}

#[async_trait]
impl Writer for Redis {
    async fn write(&self, batch: Batch) -> anyhow::Result<()> {
        let ids: Vec<_> = batch.ids.iter().map(Uuid::as_bytes).collect();
        let heads = batch.messages.iter().map(|message| [DETAILS, message.as_bytes()].concat());
        let heads: Vec<_> = ids.iter().zip(heads).collect();
        let states: Vec<_> = ids.iter().map(|id| (id, STATE)).collect();
        let contents: Vec<_> = ids.iter().zip(batch.blocks.iter().map(AsRef::<[u8]>::as_ref)).collect();
        let waiting: Vec<_> = batch.times.iter().zip(&ids).collect();
        let mut topics: HashMap<_, Vec<_>> = HashMap::new();
        for (topic, id) in batch.dead_letter_topics.iter().zip(&ids) {
            topics.entry(topic).or_default().push((0, id));
        }
        let mut commands = pipe();
        commands.hset_multiple(self.key("state"), &states).ignore();
        commands.hset_multiple(self.key("head"), &heads).ignore();
        commands.hset_multiple(self.key("content"), &contents).ignore();
        commands.zadd_multiple(self.key("pending"), &waiting).ignore();
        for (topic, members) in topics {
            commands.zadd_multiple(self.key(topic.as_str()), &members).ignore();
            commands.hincr(self.key("groups"), topic.as_str(), members.len()).ignore();
        }
        self.ask(&commands).await
    }

    async fn rows(&self) -> anyhow::Result<u64> {
        let (rows,): (u64,) = self.ask(pipe().cmd("HLEN").arg(self.key("content"))).await?;
        Ok(rows)
    }

    fn looks(&self) -> bool {
        true
    }

    async fn look(&self, look: &Look) -> anyhow::Result<u64> {
        match look {
            Look::Find(ids) => {
                let ids: Vec<_> = ids.iter().map(|id| id.to_bytes()).collect();
                self.values(&ids, true).await
            }
            Look::Page { topic, size, .. } => {
                let mut page = pipe();
                page.cmd("ZRANGE").arg(self.key(topic)).arg(0).arg(size - 1).arg("REV");
                let (ids,): (Vec<Vec<u8>>,) = self.ask(&page).await?;
                self.values(&ids, false).await
            }
            Look::Groups => {
                let (groups,): (HashMap<String, u64>,) =
                    self.ask(pipe().cmd("HGETALL").arg(self.key("groups"))).await?;
                Ok(groups.len() as u64)
            }
            Look::Work { size } => self.work(*size).await,
        }
    }
}

/// The URL of a storage under a prefix of its own.
pub(in crate::bench) fn under_prefix(url: &str, prefix: &str) -> anyhow::Result<String> {
    let mut url = url::Url::parse(url).context("--store")?;
    let others: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| name != "prefix").collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("prefix", prefix);
    Ok(url.into())
}

/// Takes away every key under a prefix.
pub(in crate::bench) async fn drop_prefix(url: &str, prefix: &str) -> anyhow::Result<()> {
    let mut connection = connect(url).await?;
    let mut cursor = 0_u64;
    loop {
        let mut scan = cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(format!("{{{prefix}:*")).arg("COUNT").arg(1000);
        let (next, keys): (u64, Vec<Vec<u8>>) = scan.query_async(&mut connection).await?;
        if !keys.is_empty() {
            let _: () = cmd("UNLINK").arg(keys).query_async(&mut connection).await?;
        }
        cursor = next;
        if cursor == 0 {
            return Ok(());
        }
    }
}

async fn connect(url: &str) -> anyhow::Result<MultiplexedConnection> {
    // The driver's own error may repeat the URL, password and all.
    let client = Client::open(url).map_err(|_| anyhow::anyhow!("--store: not a URL of Redis"))?;
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    Ok(client.get_multiplexed_async_connection_with_config(&patient).await?)
}
