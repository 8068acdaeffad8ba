//! [`StorageBench`]: one storage by its contract, beside a bare client of its database.
//!
//! | file | what |
//! |---|---|
//! | `letters` | records as capture makes them, without Kafka |
//! | `task` | what is measured: each call of the contract, and what a bare client does in its place |
//! | `stopwatch` | how long each call took, and all of them |
//! | `report` | figures and ratios, as JSON and as a table |

mod letters;
mod report;
mod stopwatch;
mod task;

use std::sync::Arc;

use self::letters::Letters;
use self::task::Side;
use super::assignment::Program;
use super::bare;
use super::machine::Machine;
use super::place::Place;
use crate::config::{Config, Flag, Sources};
use crate::storage::{self, Opener};

pub use report::{Compared, StorageReport};

/// How many batches are written, and how many claims worked on, at once.
const AT_ONCE: usize = 2;

/// One storage by its contract.
#[derive(Clone, Debug)]
pub struct StorageBench {
    /// The storage, by its URL. Only the place is used: nothing that is there is read or changed.
    pub store: String,
    /// How many records are stored.
    pub records: u64,
}

impl StorageBench {
    /// Measures, and cleans up.
    ///
    /// # Errors
    /// The storage cannot be used, or answers what it must not.
    pub async fn measure(&self, sources: &Sources) -> anyhow::Result<StorageReport> {
        let (ours, bare) = (Place::at(&self.store)?, Place::at(&self.store)?);
        let machine = Machine::look()?;
        let compared = tokio::select! {
            compared = self.compare(&ours, &bare, sources) => compared,
            told = tokio::signal::ctrl_c() => Err(told.err().map_or_else(|| anyhow::anyhow!("interrupted"), Into::into)),
        };
        ours.leave().await?;
        bare.leave().await?;
        Ok(StorageReport { machine, store: ours.name(), records: self.records, tasks: compared? })
    }

    async fn compare(&self, ours: &Place, bare: &Place, sources: &Sources) -> anyhow::Result<Vec<Compared>> {
        let (url, other) = (ours.enter().await?, bare.enter().await?);
        let storage = storage::open(&config(sources, &url)?.storage, Opener::Server).await?;
        // The bare client reads the tables that ours filled, where there are tables, and writes to its own.
        storage::open(&config(sources, &other)?.storage, Opener::Server).await?.close().await;
        let writer = bare::writer(Program::Bare, &other, AT_ONCE).await?;
        let reader = match ours.has_tables() {
            true => bare::writer(Program::Bare, &url, AT_ONCE).await?,
            false => Arc::clone(&writer),
        };
        let side = Side { storage: Arc::clone(&storage), reader, writer };
        let compared = side.all(&mut Letters::new()?, self.records).await;
        storage.close().await;
        compared
    }
}

fn config(sources: &Sources, url: &str) -> anyhow::Result<Config> {
    let mut sources = sources.clone();
    sources.flags.push(Flag { key: "storage.url", name: "dlq bench", value: url.to_owned() });
    Ok(Config::load(&sources)?.config)
}
