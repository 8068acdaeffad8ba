//! [`PrivateRedis`]: a Redis of one test's own, which may be set up as no shared one may.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::private::{Kind, Private};
use super::{Certificate, free_port};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Syncs every write before it answers.
const DURABLE: [&str; 8] =
    ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync", "no"];
const TLS: [&str; 8] = [
    "--tls-cert-file",
    "chain",
    "--tls-key-file",
    "key",
    "--tls-ca-cert-file",
    "chain",
    "--tls-auth-clients",
    "no",
];

/// Redis.
#[derive(Debug)]
pub struct Redis {
    options: Vec<String>,
    port: u16,
    /// The option of a second port, and that port.
    second: Option<(&'static str, u16)>,
}

/// A Redis of one test's own that syncs every write before it answers.
pub type PrivateRedis = Private<Redis>;

impl PrivateRedis {
    /// Makes an empty server, and waits until it answers.
    ///
    /// # Panics
    /// Redis is not installed, or does not start. A test that needs it fails without it; it is never skipped.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[], None)
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
        Self::launched(Redis::new(DURABLE.iter().chain(&TLS), Some("--tls-port")), folder)
    }

    /// The same with further options, and with the option of a second port.
    pub(super) fn start_with(options: &[&str], second: Option<&'static str>) -> Self {
        Self::launched(Redis::new(DURABLE.iter().chain(options), second), tempfile::tempdir().unwrap())
    }

    /// A sentinel by these lines of its settings.
    pub(super) fn start_sentinel(settings: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // What it learns it writes into the file.
        std::fs::write(folder.path().join("sentinel.conf"), settings.join("\n")).unwrap();
        Self::launched(Redis::new(&["sentinel.conf", "--sentinel"], None), folder)
    }

    /// Where it is, also after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// Where it is with TLS.
    ///
    /// # Panics
    /// It was not started so.
    #[must_use]
    pub fn tls_url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.second_port())
    }

    pub(super) const fn port(&self) -> u16 {
        self.kind.port
    }

    pub(super) fn second_port(&self) -> u16 {
        self.kind.second.expect("a Redis that was started with a second port").1
    }

    /// Has it execute a command of words without spaces, such as `CONFIG SET maxmemory 1mb`; answers the answer's first
    /// line.
    #[must_use]
    pub fn told(&self, command: &str) -> String {
        self.kind.asked(command).unwrap()
    }
}

impl Redis {
    fn new<'o>(options: impl IntoIterator<Item = &'o &'o str>, second: Option<&'static str>) -> Self {
        let options = options.into_iter().map(|option| (*option).to_owned()).collect();
        Self { options, port: free_port(), second: second.map(|option| (option, free_port())) }
    }

    fn asked(&self, command: &str) -> io::Result<String> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.write_all(format!("{command}\r\n").as_bytes())?;
        let (mut answer, mut byte) = (Vec::new(), [0]);
        while connection.read(&mut byte)? == 1 && byte != *b"\r" {
            answer.extend(byte);
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Kind for Redis {
    const NAME: &'static str = "redis";
    const LOOK: Duration = Duration::from_millis(20);

    fn command(&self, _: &Path) -> Command {
        let mut redis = Command::new("redis-server");
        redis.args(&self.options).args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        if let Some((option, port)) = self.second {
            redis.args([option, &port.to_string()]);
        }
        redis
    }

    fn answers(&self, _: &Path) -> io::Result<bool> {
        Ok(self.asked("PING")? == "+PONG")
    }

    /// A port that was free may be somebody else's a moment later: then others are tried.
    fn is_tried_again(&mut self, is_new: bool) -> bool {
        if is_new {
            self.port = free_port();
            self.second = self.second.map(|(option, _)| (option, free_port()));
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::private::comes_back_and_leaves_nothing_behind;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        comes_back_and_leaves_nothing_behind(PrivateRedis::start(), PrivateRedis::url);
    }

    #[test]
    fn what_it_acknowledged_is_there_after_it_was_killed() {
        let mut server = PrivateRedis::start();
        assert_eq!(server.told("SET a 1"), "+OK");
        server.kill9();
        server.restart();
        assert_eq!(server.told("EXISTS a"), ":1");
    }
}
