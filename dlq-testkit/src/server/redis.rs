//! [`PrivateRedis`]: a Redis of one test's own, which may be killed, frozen and set up as no shared one may.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Certificate, free_port, process};

/// How long it may take to answer.
const START: Duration = Duration::from_secs(60);
/// How often it is started on other ports where it dies.
const STARTS: usize = 5;
/// How long to wait before the next look.
const LOOK: Duration = Duration::from_millis(20);

/// A Redis of one test's own that syncs every write before it answers, on a port of its own of the loopback interface. It
/// is gone when it is dropped.
#[derive(Debug)]
pub struct PrivateRedis {
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    process: Child,
}

impl PrivateRedis {
    /// Makes an empty server, and waits until it answers.
    ///
    /// # Panics
    /// Redis is not installed, or does not start. A test that needs it fails without it; it is never skipped.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(Vec::new)
    }

    /// The same with further options.
    pub(super) fn start_with(options: impl Fn() -> Vec<String>) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), options)
    }

    /// The same with TLS on another port as well, for this certificate.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with_tls(certificate: &Certificate) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, pem) in [("chain", &certificate.chain), ("key", &certificate.key)] {
            std::fs::write(folder.path().join(name), pem).unwrap();
        }
        Self::start_in(folder, || {
            let port = free_port().to_string();
            let options = ["--tls-port", &port, "--tls-cert-file", "chain", "--tls-key-file", "key"];
            let trusted = ["--tls-ca-cert-file", "chain", "--tls-auth-clients", "no"];
            options.iter().chain(&trusted).map(|option| (*option).to_owned()).collect()
        })
    }

    /// A port that was free may be somebody else's a moment later: then others are tried.
    fn start_in(folder: TempDir, options: impl Fn() -> Vec<String>) -> Self {
        let start = |folder: &Path| {
            let (port, options) = (free_port(), options());
            let process = launch(folder, port, &options);
            (port, options, process)
        };
        let (port, chosen, process) = start(folder.path());
        let mut server = Self { folder, port, options: chosen, process };
        for _ in 1..STARTS {
            if server.answers() {
                return server;
            }
            (server.port, server.options, server.process) = start(server.folder.path());
        }
        server.answers_again();
        server
    }

    /// Where it is, also after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A sentinel by these lines of its settings.
    pub(super) fn start_sentinel(settings: &[String]) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        // What it learns it writes into the file.
        std::fs::write(folder.path().join("sentinel.conf"), settings.join("\n")).unwrap();
        let log = log(folder.path());
        let mut redis = Command::new("redis-server");
        redis.current_dir(folder.path()).args(["sentinel.conf", "--sentinel"]);
        redis.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        let process =
            redis.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut server = Self { folder, port, options: Vec::new(), process };
        server.answers_again();
        server
    }

    pub(super) fn options(&self) -> &[String] {
        &self.options
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Where it is with TLS.
    ///
    /// # Panics
    /// It was not started so.
    #[must_use]
    pub fn tls_url(&self) -> String {
        let [name, port, ..] = &self.options[..] else { panic!("this Redis has no TLS") };
        assert_eq!(name, "--tls-port");
        format!("rediss://127.0.0.1:{port}")
    }

    /// Kills it with SIGKILL, as a machine that fails.
    pub fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again after [`kill9`](Self::kill9), with its data and on its port, and waits until it answers.
    ///
    /// # Panics
    /// It does not answer within a minute.
    pub fn restart(&mut self) {
        self.process = launch(self.folder.path(), self.port, &self.options);
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

    /// Has it execute a command of words without spaces, such as `CONFIG SET maxmemory 1mb`; answers the answer's first
    /// line.
    #[must_use]
    pub fn told(&self, command: &str) -> String {
        self.asked(command).unwrap()
    }

    fn asked(&self, command: &str) -> std::io::Result<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        connection.write_all(format!("{command}\r\n").as_bytes())?;
        let (mut answer, mut byte) = (Vec::new(), [0]);
        while connection.read(&mut byte)? == 1 && byte != *b"\r" {
            answer.extend(byte);
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn answers_again(&mut self) {
        assert!(self.answers(), "Redis died:\n{}", self.log());
    }

    /// Waits until it answers; not if it dies.
    fn answers(&mut self) -> bool {
        let give_up = Instant::now() + START;
        while self.asked("PING").ok().as_deref() != Some("+PONG") {
            assert!(Instant::now() < give_up, "Redis does not answer:\n{}", self.log());
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            sleep(LOOK);
        }
        true
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

fn launch(folder: &Path, port: u16, options: &[String]) -> Child {
    let log = log(folder);
    let mut redis = Command::new("redis-server");
    redis.current_dir(folder).args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""]);
    redis.args(["--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync", "no"]);
    redis.args(options);
    let redis = redis.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn();
    redis.unwrap_or_else(|error| {
        panic!("this test needs a Redis of its own: {error}; `dev/services install redis` installs it")
    })
}

fn log(folder: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_after_it_was_killed_with_what_it_acknowledged() {
        let mut server = PrivateRedis::start();
        assert_eq!(server.told("SET a 1"), "+OK");
        server.kill9();
        assert!(server.asked("PING").is_err());
        server.restart();
        assert_eq!(server.told("EXISTS a"), ":1");
    }
}
