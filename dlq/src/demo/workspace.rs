//! [`Workspace`]: where the demo keeps what it captures.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::config::{Config, Flag, Mistake, Mistakes, Sources};
use crate::traffic::SERVICES;

/// The database's file in the demo's directory.
const FILE: &str = "dlq.db";

/// Where the demo keeps what it captures.
#[derive(Clone, Debug)]
pub struct Workspace {
    dir: PathBuf,
    url: String,
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
        let url = format!("sqlite:{name}/{FILE}");
        if dir.join(FILE).exists() {
            return Err(mistake("holds dlq.db already; a directory without one is allowed").into());
        }
        std::fs::create_dir_all(&dir)
            .with_context(|| format!("cannot make the directory {}", dir.display()))?;
        Ok(Self { dir, url })
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The storage's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What `dlq serve` would be told: everything else is its default. Neither file nor environment is heeded, for the
    /// demo is the same everywhere.
    pub(super) fn config(&self, brokers: &str) -> Result<Config, Mistakes> {
        let flag = |key, value: &str| Flag { key, name: "dlq demo", value: value.to_owned() };
        let topics = SERVICES.map(|service| service.dead_letter_topic).join(",");
        let flags = vec![
            flag("storage.url", &self.url),
            flag("kafka.brokers", brokers),
            flag("kafka.topics", &topics),
            flag("redrive.actor", "dlq demo"),
        ];
        Ok(Config::load(&Sources { flags, ..Sources::default() })?.config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_new_and_a_second_demo_there_is_a_mistake() {
        let parent = tempfile::tempdir().unwrap();
        let workspace = Workspace::make(Some(&parent.path().join("a/b"))).unwrap();
        assert!(workspace.dir().is_dir() && workspace.url().ends_with("/a/b/dlq.db"), "{workspace:?}");
        assert_eq!(workspace.config("localhost:1").unwrap().kafka.topics.0.len(), SERVICES.len());
        std::fs::write(workspace.dir().join(FILE), "").unwrap();
        let error = Workspace::make(Some(workspace.dir())).unwrap_err();
        assert!(error.is::<Mistakes>() && error.to_string().contains("without one is allowed"), "{error}");
        assert!(
            Workspace::make(Some(Path::new("a%20b"))).unwrap_err().to_string().contains("without % and ?")
        );
    }
}
