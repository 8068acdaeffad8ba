//! `dlq` as a process: started, signalled, killed.

use std::fs::{File, OpenOptions, read_to_string};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Store, brokers};

/// Settings, as environment variables.
pub type Settings<'a> = &'a [(&'a str, &'a str)];

/// A running `dlq`; it is killed when it is dropped.
pub struct Process(Child);

impl Process {
    pub fn serve(store: &Store, dead: &str, group: &str) -> Self {
        Self::serve_with(store, dead, group, &[])
    }

    pub fn serve_with(store: &Store, dead: &str, group: &str, settings: Settings<'_>) -> Self {
        Self::start(store, &["serve", "--topics", dead, "--group-id", group], settings)
    }

    pub fn start(store: &Store, arguments: &[&str], settings: Settings<'_>) -> Self {
        let mut command = command(store, arguments, settings);
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log()).spawn().unwrap())
    }

    /// SIGKILL: nothing of ours runs any more.
    pub fn kill9(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM, and the exit code.
    pub fn terminate(self) -> Option<i32> {
        self.signal("TERM");
        self.wait()
    }

    /// The exit code, once it has ended by itself.
    pub fn wait(mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }

    /// Sends a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    pub fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// How long it has kept processors busy.
    pub fn processor_time(&self) -> Duration {
        let stat = read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        // The name stands in parentheses and may hold spaces: fields count from behind it.
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// What the processes of a test log, kept under the target folder for whoever looks for a cause.
fn log() -> File {
    let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.log"));
    OpenOptions::new().create(true).append(true).open(file).unwrap()
}

fn command(store: &Store, arguments: &[&str], settings: Settings<'_>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    command.env("DLQ__STORAGE__URL", &store.url).env("DLQ__KAFKA__BROKERS", brokers());
    // Several run at the same time: whoever wants to be asked says where.
    command.env("DLQ__SERVER__LISTEN", "").args(arguments).envs(settings.iter().copied());
    command
}

/// Runs a command: its exit code and what it wrote to standard output.
pub fn dlq(store: &Store, arguments: &[&str]) -> (Option<i32>, String) {
    dlq_with(store, arguments, &[])
}

pub fn dlq_with(store: &Store, arguments: &[&str], settings: Settings<'_>) -> (Option<i32>, String) {
    let output = command(store, arguments, settings).stdin(Stdio::null()).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.code() != Some(2), "{arguments:?}: {err}");
    (output.status.code(), out)
}
