//! [`Workspace`]: where the demo keeps what it captures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use dlq_core::DlqStorage;

use crate::config::{Config, Flag, Mistake, Mistakes, Sources, StorageUrl};
use crate::storage::{self, Opener};
use crate::traffic::SERVICES;

/// The database's file in the demo's directory.
const FILE: &str = "dlq.db";

/// Where the demo keeps what it captures.
#[derive(Clone, Debug)]
pub struct Workspace {
    url: StorageUrl,
    /// The directory of a file of its own; none in a storage that was named.
    dir: Option<PathBuf>,
}

impl Workspace {
    /// Makes a directory where there is none; without a name, a new one for temporary files.
    ///
    /// # Errors
    /// [`Mistakes`] where a demo was played there before, or a URL cannot hold the name; else the directory cannot be
    /// made.
    pub fn make(dir: Option<&Path>) -> anyhow::Result<Self> {
        let fresh = || std::env::temp_dir().join(format!("dlq-demo-{}", uuid::Uuid::now_v7().simple()));
        let dir = std::path::absolute(dir.map_or_else(fresh, Path::to_owned))?;
        let mistake =
            |problem: &str| Mistakes::from(Mistake::about("--dir", format!("{}: {problem}", dir.display())));
        let name = dir.to_str().filter(|name| !name.contains(['%', '?']));
        let name = name.ok_or_else(|| mistake("names of UTF-8 without % and ? are allowed"))?;
        let url = StorageUrl::new(format!("sqlite:{name}/{FILE}"));
        if dir.join(FILE).exists() {
            return Err(mistake("holds dlq.db already; a directory without one is allowed").into());
        }
        std::fs::create_dir_all(&dir)
            .with_context(|| format!("cannot make the directory {}", dir.display()))?;
        Ok(Self { url, dir: Some(dir) })
    }

    /// A storage of one's own, which has to be empty.
    #[must_use]
    pub fn named(url: &str) -> Self {
        Self { url: StorageUrl::new(url), dir: None }
    }

    /// The storage's URL, which prints without secrets.
    #[must_use]
    pub const fn url(&self) -> &StorageUrl {
        &self.url
    }

    /// What it is called where people are told what is kept there.
    #[must_use]
    pub fn name(&self) -> String {
        self.dir.as_ref().map_or_else(|| self.url.to_string(), |dir| dir.display().to_string())
    }

    /// The URL that somebody would use for such a storage.
    pub(super) fn in_real_life(&self) -> String {
        if self.dir.is_some() { format!("sqlite:{FILE}") } else { self.url.to_string() }
    }

    /// Opens the storage.
    ///
    /// # Errors
    /// [`Mistakes`] where it holds anything: the demo disturbs nobody. Or it cannot be opened.
    pub(super) async fn open(&self) -> anyhow::Result<Arc<dyn DlqStorage>> {
        let config = configured(vec![flag("storage.url", self.url.reveal())])?;
        let storage = storage::open(&config.storage, Opener::Server).await?;
        if let Some(held) = storage::held(&*storage).await? {
            let problem = format!(
                "{} is not empty: it holds {held}; allowed: an empty storage, such as a database, a schema \
                 (?options=-csearch_path%3DNAME) or a prefix (?prefix=NAME) of its own",
                self.url
            );
            return Err(Mistakes::from(Mistake::about("--store", problem)).into());
        }
        Ok(storage)
    }

    /// What `dlq serve` would be told: everything else is its default. Neither file nor environment is heeded, for the
    /// demo is the same everywhere.
    pub(super) fn config(&self, brokers: &str) -> Result<Config, Mistakes> {
        let topics = SERVICES.map(|service| service.dead_letter_topic).join(",");
        configured(vec![
            flag("storage.url", self.url.reveal()),
            flag("kafka.brokers", brokers),
            flag("kafka.topics", &topics),
            flag("redrive.actor", "dlq demo"),
        ])
    }
}

fn flag(key: &'static str, value: &str) -> Flag {
    Flag { key, name: "dlq demo", value: value.to_owned() }
}

fn configured(flags: Vec<Flag>) -> Result<Config, Mistakes> {
    Ok(Config::load(&Sources { flags, ..Sources::default() })?.config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_new_and_a_second_demo_there_is_a_mistake() {
        let parent = tempfile::tempdir().unwrap();
        let workspace = Workspace::make(Some(&parent.path().join("a/b"))).unwrap();
        let dir = workspace.dir.clone().unwrap();
        assert!(dir.is_dir() && workspace.url().reveal().ends_with("/a/b/dlq.db"), "{workspace:?}");
        assert_eq!(workspace.config("localhost:1").unwrap().kafka.topics.0.len(), SERVICES.len());
        std::fs::write(dir.join(FILE), "").unwrap();
        let error = Workspace::make(Some(&dir)).unwrap_err();
        assert!(error.is::<Mistakes>() && error.to_string().contains("without one is allowed"), "{error}");
        assert!(
            Workspace::make(Some(Path::new("a%20b"))).unwrap_err().to_string().contains("without % and ?")
        );
    }
}
