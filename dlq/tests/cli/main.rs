//! The program as a whole: what it writes where, and what it answers.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[cfg(feature = "sqlite")]
mod decisions;
#[cfg(any(feature = "redis", feature = "cassandra"))]
mod servers;
#[cfg(feature = "sqlite")]
mod transfer;
mod words;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Never to be seen in any output.
const CANARY: &str = "hunter2";

/// What a run of the program answered.
struct Answer {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn of(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// That the code is this, and that this is told on standard error.
    #[track_caller]
    fn fails(&self, code: i32, told: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(told), "{told:?} is missing in {}", self.stderr);
    }
}

fn dlq(arguments: &[&str], environment: &[(&str, &str)]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    command.env_clear().args(arguments).envs(environment.iter().copied()).stdin(Stdio::null());
    Answer::of(command.output().unwrap())
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn help_tells_the_exit_codes() {
    let help = dlq(&["--help"], &[]);
    assert_eq!(help.code, Some(0));
    for told in ["list", "show", "account", "check", "Exit codes:", "the books do not balance"] {
        assert!(help.stdout.contains(told), "{told:?} is missing in {}", help.stdout);
    }
    dlq(&["lits"], &[]).fails(2, "list");
    dlq(&["list", "--status", "gone"], &[]).fails(2, "pending, retrying");
    dlq(&["show", "x"], &[]).fails(2, "a UUID such as");
}

#[test]
fn a_port_that_is_taken_is_told_before_anything_begins() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dlq.db");
    let url = format!("sqlite:{}", file.display());
    let environment = [
        ("DLQ__SERVER__LISTEN", address.as_str()),
        ("DLQ__STORAGE__URL", url.as_str()),
        ("DLQ__KAFKA__BROKERS", "127.0.0.1:1"),
        ("DLQ__KAFKA__TOPICS", "orders-dlt"),
    ];
    let refused = dlq(&["serve"], &environment);
    refused.fails(2, &format!("server.listen = \"{address}\""));
    refused.fails(2, "in use");
    assert!(!file.exists(), "the storage was made");
}

#[test]
fn whoever_does_not_answer_is_not_healthy() {
    dlq(&["healthcheck", "--url", "http://127.0.0.1:1/readyz"], &[]).fails(1, "127.0.0.1:1");
    dlq(&["healthcheck", "--url", "https://127.0.0.1:1/"], &[]).fails(2, "http://HOST:PORT/PATH is allowed");
    dlq(&["healthcheck"], &[("DLQ__SERVER__LISTEN", "")]).fails(2, "server.listen");
}

#[test]
fn the_default_file_that_is_printed_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "dlq.toml", &dlq(&["check", "--print-default"], &[]).stdout);
    let without = dlq(&["check", "--offline", "-o", "json"], &[]).stdout;
    let with = dlq(&["check", "--offline", "-o", "json", "--config", &file], &[]);
    assert_eq!(with.code, Some(0), "{}", with.stderr);
    assert_eq!(with.stdout.replace(&format!("file {file}"), "default"), without);
}

#[test]
fn check_tells_where_each_value_comes_from_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[capture]\nprofile = \"low_latency\"\nwriters = 3\n[kafka.client]\n\"security.protocol\" = \"SASL_SSL\"\n\"sasl.password\" = \"{CANARY}\""
    );
    let file = write(folder.path(), "dlq.toml", &text);
    let url = format!("postgres://dlq:{CANARY}@db/dlq");
    let environment = [("DLQ_CONFIG", file.as_str()), ("DLQ__STORAGE__URL", url.as_str())];
    let checked = dlq(&["check", "--offline", "--log-level", "error"], &environment);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    let row = |key: &str| {
        let line = checked.stdout.lines().find(|line| line.split_whitespace().next() == Some(key));
        line.expect(key).split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("capture.writers"), format!("3 file {file}"));
    assert_eq!(row("storage.url"), "postgres://dlq:***@db/dlq environment DLQ__STORAGE__URL");
    assert_eq!(row("log.level"), "error flag --log-level");
    assert_eq!(row("capture.linger"), "1ms profile low_latency");
    assert_eq!(row("capture.commit_interval"), "200ms default");
    assert!(row("kafka.client.sasl.password").starts_with("*** "));
    assert!(!checked.stdout.contains(CANARY) && !checked.stderr.contains(CANARY));
}

#[test]
fn mistakes_in_the_configuration_are_told_together_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("[capture]\nbatch_size = 0\nlingre = \"1ms\"\n[storage]\npassword = \"{CANARY}\"");
    let file = write(folder.path(), "dlq.toml", &text);
    for verb in [&["check"][..], &["list"], &["account"], &["show", "018bcfe5-69f4-8ae6-ad8e-69d0d2f6ba19"]] {
        let answer = dlq(verb, &[("DLQ_CONFIG", &file)]);
        answer.fails(2, "a whole number from 1 to 100000");
        answer.fails(2, "did you mean capture.linger?");
        answer.fails(2, "storage.password");
        assert!(!answer.stderr.contains(CANARY) && answer.stdout.is_empty());
    }
    dlq(&["list", "--config", "no/such.toml"], &[]).fails(2, "no/such.toml: cannot be read");
}

#[test]
fn a_storage_that_cannot_be_meant_is_a_mistake() {
    dlq(&["list"], &[]).fails(2, "storage.url: is not set");
    dlq(&["list", "--storage-url", "memory:"], &[]).fails(2, "another process sees nothing of it");
    dlq(&["list", "--storage-url", "oracle:x"], &[]).fails(2, "allowed: a URL that begins with");
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;

    use dlq_core::record::{Body, Captured, Content};
    use dlq_core::storage::{DlqStorage, Save};
    use dlq_core::{Clock, DlqRecord, SystemClock};
    use dlq_storage_sql::{SqlConfig, SqlStorage};

    /// A file with no record.
    pub(crate) async fn empty(folder: &Path) -> String {
        stored(folder, 0).await.0
    }

    /// A file with so many submitted records, and the records' ids.
    pub(crate) async fn stored(folder: &Path, count: usize) -> (String, Vec<String>) {
        let url = format!("sqlite://{}/dlq.db", folder.display());
        let storage = SqlStorage::connect(&SqlConfig::from_url(&url).unwrap()).await.unwrap();
        let mut ids = Vec::new();
        for number in 0..count {
            let payload = format!("{{\"order\":{number}}}");
            let headers: [(&[u8], Option<&[u8]>); 3] =
                [(b"a", None), (b"a", Some(b"")), (b"\xff", Some(b"\0"))];
            let content = Content::pack(headers, Body::Null, Body::Present(payload.as_bytes())).unwrap();
            let captured = Captured { content: Some(content), ..Captured::default() };
            let record = DlqRecord::new(captured, SystemClock.now());
            ids.push(record.id.to_string());
            for saved in storage.save_batch(vec![Save::New(record)]).await.unwrap() {
                saved.unwrap();
            }
        }
        (url, ids)
    }

    #[test]
    fn a_file_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/typo.db", folder.path().display());
        dlq(&["list", "--storage-url", &url], &[]).fails(2, "there is no file");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn client_verbs_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let (url, ids) = stored(folder.path(), 1).await;
        let id = &ids[0];
        let environment = [("DLQ__STORAGE__URL", url.as_str())];
        let list = dlq(&["list"], &environment);
        assert!(list.code == Some(0) && list.stdout.contains(id), "{}{}", list.stdout, list.stderr);
        let show = dlq(&["show", id, "-o", "json"], &environment);
        let record: serde_json::Value = serde_json::from_str(&show.stdout).unwrap();
        assert_eq!((show.code, record["id"].as_str()), (Some(0), Some(id.as_str())));
        let account = dlq(&["account"], &environment);
        assert_eq!(account.code, Some(0), "{}{}", account.stdout, account.stderr);
        assert!(account.stdout.ends_with("The books balance.\n"), "{}", account.stdout);
        let unknown = dlq(&["show", "018bcfe5-69f4-8ae6-ad8e-69d0d2f6ba19"], &environment);
        unknown.fails(3, "there is no such record");
        assert!(unknown.stdout.is_empty());
        let check = dlq(&["check"], &environment);
        assert_eq!(check.code, Some(0), "{}{}", check.stdout, check.stderr);
    }
}

#[cfg(all(feature = "postgres", feature = "mysql"))]
#[test]
fn a_database_that_is_away_is_a_failure_told_without_its_password() {
    for scheme in ["postgres", "mysql"] {
        a_database_that_is_away(scheme);
    }
}

#[cfg(all(feature = "postgres", feature = "mysql"))]
fn a_database_that_is_away(scheme: &str) {
    let url = format!("{scheme}://dlq:{CANARY}@127.0.0.1:1/dlq");
    let impatient = [("DLQ__STORAGE__ACQUIRE_TIMEOUT", "100ms")];
    for verb in ["list", "account"] {
        let answer = dlq(&[verb, "--storage-url", &url, "--log-level", "trace"], &impatient);
        answer.fails(1, &format!("cannot open the storage {scheme}://dlq:***@127.0.0.1:1/dlq"));
        assert!(!answer.stderr.contains(CANARY) && answer.stdout.is_empty(), "{}", answer.stderr);
    }
    let check = dlq(&["check", "--storage-url", &url], &impatient);
    assert_eq!(check.code, Some(1), "{}", check.stderr);
    assert!(check.stdout.contains("cannot open the storage") && !check.stdout.contains(CANARY));
}
