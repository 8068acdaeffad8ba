//! `dlq` as a process: started, signalled, killed.

use std::fs::{File, OpenOptions, read_to_string};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Store;

/// Settings, as environment variables.
pub type Settings<'a> = &'a [(&'a str, &'a str)];

/// Which part of a processor waiting may take: everything above is a busy loop.
const IDLE: f64 = 0.3;

/// A running `dlq`; it is killed when it is dropped.
pub struct Process {
    child: Child,
    log: Log,
}

/// What it tells on standard error: a file, and where in it this process began.
struct Log {
    file: PathBuf,
    from: usize,
}

impl Process {
    pub fn serve(store: &Store, dead: &str, group: &str) -> Self {
        Self::serve_with(store, dead, group, &[])
    }

    pub fn serve_with(store: &Store, dead: &str, group: &str, settings: Settings<'_>) -> Self {
        Self::start(store, &["serve", "--topics", dead, "--group-id", group], settings)
    }

    pub fn start(store: &Store, arguments: &[&str], settings: Settings<'_>) -> Self {
        let (mut command, log) = (command(store, arguments, settings), Log::of_this_test());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.open());
        Self { child: command.spawn().unwrap(), log }
    }

    /// The lines that it told so far and that have all these words in them.
    pub fn said(&self, words: &[&str]) -> Vec<String> {
        let told = read_to_string(&self.log.file).unwrap();
        let lines = told.get(self.log.from..).unwrap().lines();
        lines.filter(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned).collect()
    }

    /// Whether it told a line with all these words.
    pub fn says(&self, words: &[&str]) -> bool {
        !self.said(words).is_empty()
    }

    /// SIGKILL: nothing of ours runs any more.
    pub fn kill9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and the exit code.
    pub fn terminate(self) -> Option<i32> {
        self.signal("TERM");
        self.wait()
    }

    /// The exit code, once it has ended by itself.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Sends a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for so long, while what it works with is away: it has little to do meanwhile.
    pub fn assert_idle_for(&self, away: Duration) {
        let before = self.processor_time();
        std::thread::sleep(away);
        let worked = self.processor_time().saturating_sub(before);
        println!("it worked for {worked:?} in {away:?}");
        assert!(worked < away.mul_f64(IDLE), "it worked for {worked:?} in {away:?}: a busy loop?");
    }

    /// How much memory it ever had at once, in MiB.
    pub fn peak_memory_mib(&self) -> u64 {
        let status = read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim_end_matches("kB").trim().parse::<u64>().unwrap() >> 10
    }

    /// How long it has kept processors busy.
    pub fn processor_time(&self) -> Duration {
        let stat = read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name stands in parentheses and may hold spaces: fields count from behind it.
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Log {
    /// Kept under the target folder for whoever looks for a cause.
    fn of_this_test() -> Self {
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.log"));
        let from = read_to_string(&file).map_or(0, |told| told.len());
        Self { file, from }
    }

    fn open(&self) -> File {
        OpenOptions::new().create(true).append(true).open(&self.file).unwrap()
    }
}

fn command(store: &Store, arguments: &[&str], settings: Settings<'_>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dlq"));
    command.env("DLQ__STORAGE__URL", &store.url).env("DLQ__KAFKA__BROKERS", &store.cluster.0);
    // Several run at the same time: whoever wants to be asked says where.
    command.env("DLQ__SERVER__LISTEN", "").args(arguments).envs(settings.iter().copied());
    command
}

/// Runs a command: its exit code and what it wrote to standard output.
pub fn dlq(store: &Store, arguments: &[&str]) -> (Option<i32>, String) {
    dlq_with(store, arguments, &[])
}

pub fn dlq_with(store: &Store, arguments: &[&str], settings: Settings<'_>) -> (Option<i32>, String) {
    let (code, out, err) = dlq_and_errors(store, arguments, settings);
    assert!(code != Some(2), "{arguments:?}: {err}");
    (code, out)
}

/// Runs a command: its exit code, and what it wrote to standard output and to standard error.
pub fn dlq_and_errors(
    store: &Store,
    arguments: &[&str],
    settings: Settings<'_>,
) -> (Option<i32>, String, String) {
    let output = command(store, arguments, settings).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
