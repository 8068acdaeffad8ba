//! [`PrivateKafka`]: a Kafka broker of one test's own, which may be killed and frozen.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certificate::{Authority, Certificate};
use super::{free_port, jars, process};

/// How long it may take to answer.
const START: Duration = Duration::from_secs(90);
/// How long to wait before the next look.
const LOOK: Duration = Duration::from_millis(200);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);
/// Enough for a few topics; the quick compiler starts in half the time.
const JAVA: [&str; 4] = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// A Kafka broker of one test's own, with data of its own, on ports of its own of the loopback interface. It is gone
/// when it is dropped.
#[derive(Debug)]
pub struct PrivateKafka {
    folder: TempDir,
    port: u16,
    door: SocketAddr,
    process: Child,
}

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
        super::succeeded("formatting Kafka's data", &made);
        let process = launch(folder.path());
        let mut server = Self { folder, port, door: advertised, process };
        server.answers_again();
        server
    }

    /// Where it is, also after a restart: `host:port`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where its other door is.
    #[must_use]
    pub const fn door(&self) -> SocketAddr {
        self.door
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
            assert!(Instant::now() < give_up, "Kafka does not answer:\n{}", self.log());
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "Kafka ended while it started:\n{}", self.log());
            sleep(LOOK);
        }
    }

    /// Asks for the metadata of no topics, version 4; the answer must name one broker: length, correlation id and
    /// throttle time come first, then the number of brokers.
    fn answers(&self) -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.write_all(b"\0\0\0\x0f\0\x03\0\x04\0\0\0\x01\xff\xff\0\0\0\0\0")?;
        let mut answer = [0; 16];
        stream.read_exact(&mut answer)?;
        Ok(answer.ends_with(&[0, 0, 0, 1]))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for PrivateKafka {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait());
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

fn launch(folder: &Path) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let mut kafka = java(folder);
    kafka.args(["kafka.Kafka", "server.properties"]).stdin(Stdio::null());
    kafka.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn java(folder: &Path) -> Command {
    let mut java = Command::new("java");
    java.current_dir(folder).args(JAVA).arg("-cp").arg(jars("kafka").join("*"));
    java
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        let mut server = PrivateKafka::start();
        let (address, folder) = (server.address(), server.folder.path().to_owned());
        server.kill9();
        assert!(server.answers().is_err());
        server.restart();
        assert_eq!(server.address(), address);
        server.freeze();
        assert!(server.answers().is_err(), "it stands still");
        server.thaw();
        server.answers_again();
        drop(server);
        assert!(!folder.exists());
    }
}
