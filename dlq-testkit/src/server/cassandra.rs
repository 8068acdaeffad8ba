//! [`PrivateCassandra`]: a Cassandra of one test's own.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::private::{Kind, Private};
use super::{asked, free_port, jars};

/// Cassandra.
#[derive(Debug)]
pub struct Cassandra {
    host: &'static str,
    port: u16,
    /// What its log says once it is ready, where it does not answer everybody.
    says: Option<&'static str>,
}

/// A Cassandra node of one test's own.
pub type PrivateCassandra = Private<Cassandra>;

impl PrivateCassandra {
    /// Makes an empty node, and waits until it answers.
    ///
    /// # Panics
    /// Java or Cassandra's jars are not there, or it does not start. A test that needs it fails without it; it is never
    /// skipped.
    #[must_use]
    pub fn start() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        configure(folder.path(), port, free_port());
        Self::start_in(folder, "127.0.0.1", port, None)
    }

    /// Starts what [`configure`] made and others may have changed.
    pub(super) fn start_in(
        folder: TempDir,
        host: &'static str,
        port: u16,
        says: Option<&'static str>,
    ) -> Self {
        Self::launched(Cassandra { host, port, says }, folder)
    }

    /// Where it is, also after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("cassandra://{}:{}", self.kind.host, self.kind.port)
    }
}

impl Kind for Cassandra {
    const NAME: &'static str = "cassandra";
    /// It starts slowly, and more so beside others.
    const PATIENCE: Duration = Duration::from_secs(180);

    fn command(&self, folder: &Path) -> Command {
        let classes = format!("{}:{}", folder.display(), jars(Self::NAME).join("*").display());
        let mut cassandra = Command::new("java");
        cassandra.args(["@args", "-Dlogback.configurationFile=logback.xml", "-cp", &classes]);
        cassandra.arg("org.apache.cassandra.service.CassandraDaemon");
        cassandra
    }

    /// Asks which options it knows, in version 4 of its protocol; the answer's kind must be SUPPORTED.
    fn answers(&self, folder: &Path) -> io::Result<bool> {
        if let Some(words) = self.says {
            return Ok(fs::read_to_string(folder.join("log"))?.contains(words));
        }
        let answer: [u8; 5] = asked((self.host, self.port), b"\x04\0\0\0\x05\0\0\0\0")?;
        Ok(answer[4] == 6)
    }
}

pub(super) fn configure(folder: &Path, port: u16, storage: u16) {
    let data = folder.join("data");
    let settings = include_str!("cassandra/cassandra.yaml")
        .replace("{port}", &port.to_string())
        .replace("{storage}", &storage.to_string())
        .replace("{data}", &data.display().to_string());
    fs::write(folder.join("cassandra.yaml"), settings).unwrap();
    fs::write(folder.join("logback.xml"), include_str!("cassandra/logback.xml")).unwrap();
    let own = format!("-Xms256m\n-Xmx768m\n-XX:+UseSerialGC\n-Dcassandra.storagedir={}\n", data.display());
    fs::write(folder.join("args"), own + include_str!("cassandra/jvm.options")).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::private::comes_back_and_leaves_nothing_behind;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        comes_back_and_leaves_nothing_behind(PrivateCassandra::start(), PrivateCassandra::url);
    }
}
