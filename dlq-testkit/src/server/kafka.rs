//! [`PrivateKafka`]: a Kafka broker of one test's own.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::certificate::{Authority, Certificate};
use super::private::{Kind, Private};
use super::{asked, free_port, jars, succeeded};

/// Enough for a few topics; the quick compiler starts in half the time.
const JAVA: [&str; 4] = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// Kafka.
#[derive(Debug)]
pub struct Kafka {
    port: u16,
    door: SocketAddr,
}

/// A Kafka broker of one test's own.
pub type PrivateKafka = Private<Kafka>;

impl PrivateKafka {
    /// Makes an empty broker, and waits until it answers.
    ///
    /// # Panics
    /// Java or Kafka's jars are not there, or it does not start. A test that needs it fails without it; it is never
    /// skipped.
    #[must_use]
    pub fn start() -> Self {
        Self::behind(|listens| listens)
    }

    /// Makes an empty broker whose [`door`](Self::door) opens only over TLS, with a certificate of this authority for
    /// `127.0.0.1`, and to who knows the password by PLAIN or SCRAM.
    ///
    /// # Panics
    /// As for [`start`](Self::start).
    #[must_use]
    pub fn guarded(authority: &Authority, user: &str, password: &str) -> Self {
        Self::make(|listens| listens, Some(Guard { authority, user, password }))
    }

    /// Makes an empty broker with two doors: [`address`](Self::address), and another for who comes through a proxy.
    /// `proxy` is told where the broker listens for those, and answers where they are to come to.
    ///
    /// # Panics
    /// As for [`start`](Self::start).
    #[must_use]
    pub fn behind(proxy: impl FnOnce(SocketAddr) -> SocketAddr) -> Self {
        Self::make(proxy, None)
    }

    fn make(proxy: impl FnOnce(SocketAddr) -> SocketAddr, guard: Option<Guard<'_>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, door, controller) = (free_port(), free_port(), free_port());
        let advertised = proxy(SocketAddr::from(([127, 0, 0, 1], door)));
        let data = folder.path().join("data");
        let properties =
            format!(
                include_str!("kafka.properties"),
                port = port,
                door = door,
                advertised = advertised,
                controller = controller,
                protocol = if guard.is_some() { "SASL_SSL" } else { "PLAINTEXT" },
                data = data.display(),
            ) + &guard.as_ref().map_or_else(String::new, |guard| guard.properties(folder.path()));
        fs::write(folder.path().join("server.properties"), properties).unwrap();
        let format = ["kafka.tools.StorageTool", "format", "-t", "ZGxxLXRlc3Qta2Fma2EtMQ", "-c"];
        let users = guard.iter().flat_map(Guard::users);
        let made = java(folder.path()).args(format).arg("server.properties").args(users).output().unwrap();
        succeeded("formatting Kafka's data", &made);
        Self::launched(Kafka { port, door: advertised }, folder)
    }

    /// Where it is, also after a restart: `host:port`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.kind.port)
    }

    /// Where its other door is.
    #[must_use]
    pub const fn door(&self) -> SocketAddr {
        self.kind.door
    }
}

impl Kind for Kafka {
    const NAME: &'static str = "kafka";
    const PATIENCE: Duration = Duration::from_secs(90);

    fn command(&self, folder: &Path) -> Command {
        let mut kafka = java(folder);
        kafka.args(["kafka.Kafka", "server.properties"]);
        kafka
    }

    /// Asks for the metadata of no topics, version 4; the answer must name one broker: length, correlation id and
    /// throttle time come first, then the number of brokers.
    fn answers(&self, _: &Path) -> io::Result<bool> {
        let answer: [u8; 16] =
            asked(("127.0.0.1", self.port), b"\0\0\0\x0f\0\x03\0\x04\0\0\0\x01\xff\xff\0\0\0\0\0")?;
        Ok(answer.ends_with(&[0, 0, 0, 1]))
    }
}

/// Who guards the other door.
struct Guard<'a> {
    authority: &'a Authority,
    user: &'a str,
    password: &'a str,
}

impl Guard<'_> {
    fn properties(&self, folder: &Path) -> String {
        let keystore = folder.join("broker.pem");
        let Certificate { chain, key } = self.authority.certify("127.0.0.1");
        fs::write(&keystore, key + &chain).unwrap();
        let Self { user, password, .. } = self;
        format!(
            include_str!("guarded.properties"),
            keystore = keystore.display(),
            user = user,
            password = password
        )
    }

    /// What makes the data know the user by SCRAM.
    fn users(&self) -> Vec<String> {
        let user = format!("[name={},password={}]", self.user, self.password);
        ["SCRAM-SHA-256", "SCRAM-SHA-512"].map(|way| format!("--add-scram={way}={user}")).into()
    }
}

fn java(folder: &Path) -> Command {
    let mut java = Command::new("java");
    java.current_dir(folder).args(JAVA).arg("-cp").arg(jars(Kafka::NAME).join("*"));
    java
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::private::comes_back_and_leaves_nothing_behind;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        comes_back_and_leaves_nothing_behind(PrivateKafka::start(), PrivateKafka::address);
    }
}
