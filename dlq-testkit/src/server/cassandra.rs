//! [`PrivateCassandra`]: a Cassandra of one test's own, which may be killed and frozen.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{free_port, jars, process};

/// How long it may take to answer: it starts slowly, and more so beside others.
const START: Duration = Duration::from_secs(180);
/// How long to wait before the next look.
const LOOK: Duration = Duration::from_millis(200);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);

/// A Cassandra node of one test's own, with data of its own, on ports of its own of the loopback interface. It is gone
/// when it is dropped.
#[derive(Debug)]
pub struct PrivateCassandra {
    folder: TempDir,
    host: &'static str,
    port: u16,
    /// What its log says once it is ready, where it does not answer everybody.
    says: Option<&'static str>,
    process: Child,
}

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
        let process = launch(folder.path());
        let mut server = Self { folder, host, port, says, process };
        server.answers_again();
        server
    }

    /// Where it is, also after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("cassandra://{}:{}", self.host, self.port)
    }

    /// Kills it with SIGKILL, as a machine that fails.
    pub fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again after [`kill9`](Self::kill9), with its data and on its ports, and waits until it answers.
    ///
    /// # Panics
    /// It does not answer in time.
    pub fn restart(&mut self) {
        self.process = launch(self.folder.path());
        self.answers_again();
    }

    /// Has it stand still: its connections stay, and nothing answers.
    pub fn freeze(&self) {
        process::freeze(self.process.id());
    }

    /// Has it go on after [`freeze`](Self::freeze).
    pub fn thaw(&self) {
        process::thaw(self.process.id());
    }

    fn answers_again(&mut self) {
        let give_up = Instant::now() + START;
        while !self.answers().unwrap_or(false) {
            assert!(Instant::now() < give_up, "Cassandra does not answer:\n{}", self.log());
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "Cassandra ended while it started:\n{}", self.log());
            sleep(LOOK);
        }
    }

    /// Asks which options it knows, in version 4 of its protocol; the answer's kind must be SUPPORTED.
    fn answers(&self) -> std::io::Result<bool> {
        if let Some(words) = self.says {
            return Ok(self.log().contains(words));
        }
        let mut stream = TcpStream::connect((self.host, self.port))?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.write_all(b"\x04\0\0\0\x05\0\0\0\0")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(answer[4] == 6)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for PrivateCassandra {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
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

fn launch(folder: &Path) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let classes = format!("{}:{}", folder.display(), jars("cassandra").join("*").display());
    let mut cassandra = Command::new("java");
    cassandra.current_dir(folder).args(["@args", "-Dlogback.configurationFile=logback.xml", "-cp", &classes]);
    cassandra.arg("org.apache.cassandra.service.CassandraDaemon").stdin(Stdio::null());
    cassandra.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        let mut server = PrivateCassandra::start();
        let folder = server.folder.path().to_owned();
        server.kill9();
        assert!(server.answers().is_err());
        server.restart();
        server.freeze();
        assert!(server.answers().is_err(), "it stands still");
        server.thaw();
        server.answers_again();
        drop(server);
        assert!(!folder.exists());
    }
}
