//! A broker that opens only over TLS, and to who knows the password: in, home again, and no word of the password.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dlq::traffic::spring;
use dlq_testkit::server::{Authority, PrivateKafka};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{BaseProducer, Producer};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(60);
const USER: &str = "dlq";
/// A word that nothing may ever say.
const PASSWORD: &str = "canary-hunter2";
const LETTERS: usize = 20;

/// The broker, and a folder with what `dlq` needs to get in.
struct House {
    broker: PrivateKafka,
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("the house");
        authority.write(&folder.path().join("ca.pem"));
        Authority::new("a stranger").write(&folder.path().join("stranger.pem"));
        fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        fs::write(folder.path().join("wrong"), "canary-wrong").unwrap();
        Self { broker: PrivateKafka::guarded(&authority, USER, PASSWORD), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the topics and writes dead letters, through the broker's open side.
    fn fill(&self, dead: &str, home: &str) {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", self.broker.address());
        let admin: AdminClient<DefaultClientContext> = client.create().unwrap();
        let new = [dead, home].map(|topic| NewTopic::new(topic, 1, TopicReplication::Fixed(1)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(admin.create_topics(&new, &AdminOptions::new())).unwrap();
        let producer: BaseProducer = client.create().unwrap();
        for number in 0..LETTERS as u64 {
            producer.send(spring::letter(number).to(dead)).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(SOON).unwrap();
    }

    /// A configuration file for the guarded side.
    fn config(&self, dead: &str, mechanism: &str, ca: &str, password: &str) -> PathBuf {
        let file = self.path(&format!("{mechanism}-{ca}-{password}.toml"));
        let text = format!(
            "[storage]\nurl = \"sqlite:{store}\"\n[kafka]\nbrokers = [\"{door}\"]\ntopics = [\"{dead}\"]\n\
             group_id = \"{mechanism}\"\n[kafka.client]\nsecurity.protocol = \"SASL_SSL\"\n\
             sasl.mechanism = \"{mechanism}\"\nsasl.username = \"{USER}\"\n\"sasl.password_file\" = \"{password}\"\n\
             ssl.ca.location = \"{ca}\"\ndebug = \"security,broker\"\n[log]\nlevel = \"trace\"\n",
            store = self.path(&format!("{mechanism}.db")).display(),
            door = self.broker.door(),
            password = self.path(password).display(),
            ca = self.path(ca).display(),
        );
        fs::write(&file, text).unwrap();
        file
    }
}

fn dlq(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    command.arg("--config").arg(config).args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command to its end: its exit code, and all that it said.
fn ask(config: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = dlq(config, arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// Captures everything, and answers with all that was said meanwhile.
fn capture(house: &House, config: &Path) -> String {
    let log = house.path("serve.log");
    let mut serve = dlq(config, &["serve"]).stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
    let give_up = Instant::now() + SOON;
    let all = format!("{LETTERS} records");
    while !ask(config, &["list", "--limit", "50"]).1.contains(&all) {
        assert!(Instant::now() < give_up, "not captured:\n{}", fs::read_to_string(&log).unwrap());
        std::thread::sleep(Duration::from_millis(200));
    }
    let pid = serve.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
    assert_eq!(serve.wait().unwrap().code(), Some(0));
    fs::read_to_string(log).unwrap()
}

fn keeps_quiet(said: &str) {
    assert!(!said.contains("canary"), "a password was told:\n{said}");
}

#[test]
fn letters_come_and_go_through_a_guarded_door_and_no_one_tells_the_password() {
    let house = House::new();
    let (dead, home) = ("orders-dlt", "elsewhere");
    house.fill(dead, home);

    for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] {
        let config = house.config(dead, mechanism, "ca.pem", "password");
        keeps_quiet(&capture(&house, &config));
        let (code, said) = ask(&config, &["redrive", "--all", "--target-topic", home, "--yes"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(&format!("{LETTERS} went home")), "{said}");
        keeps_quiet(&said);
        let (code, said) = ask(&config, &["check"]);
        assert_eq!(code, Some(0), "{said}");
        keeps_quiet(&said);
    }

    let strangers = [
        ("SCRAM-SHA-256", "ca.pem", "wrong", "Authentication failed"),
        ("PLAIN", "ca.pem", "wrong", "Authentication failed"),
        ("SCRAM-SHA-256", "stranger.pem", "password", "certificate verify failed"),
    ];
    std::thread::scope(|side_by_side| {
        for (mechanism, ca, password, reason) in strangers {
            let config = house.config(dead, mechanism, ca, password);
            side_by_side.spawn(move || stays_outside(&config, reason));
        }
    });
}

fn stays_outside(config: &Path, reason: &str) {
    let (code, said) = ask(config, &["check"]);
    assert_eq!(code, Some(1), "{said}");
    let answer = said.lines().find(|line| line.contains("did not answer within")).unwrap_or_default();
    assert!(answer.contains(reason), "{reason} is not told in {answer:?}:\n{said}");
    keeps_quiet(&said);
}
