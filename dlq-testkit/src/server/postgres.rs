//! [`PrivatePostgres`]: a PostgreSQL of one test's own, which may be killed and frozen.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::owner::Owner;
use super::{free_port, process, succeeded};

/// How long it may take to answer. What a killed one leaves behind holds the data for a moment.
const START: Duration = Duration::from_secs(60);
/// What is run of PostgreSQL.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_isready"];
/// How long to wait before the next look.
const LOOK: Duration = Duration::from_millis(200);

/// A PostgreSQL of one test's own, with data of its own, on a port of its own of the loopback interface. It is gone
/// when it is dropped.
#[derive(Debug)]
pub struct PrivatePostgres {
    programs: PathBuf,
    owner: Option<Owner>,
    folder: TempDir,
    port: u16,
    process: Child,
}

impl PrivatePostgres {
    /// Makes an empty server, and waits until it answers.
    ///
    /// # Panics
    /// PostgreSQL is not installed, or does not start. A test that needs it fails without it; it is never skipped.
    #[must_use]
    pub fn start() -> Self {
        let (programs, owner) = (programs(), Owner::needed("postgres"));
        let folder = tempfile::tempdir().unwrap();
        if let Some(Owner { uid, gid }) = owner {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let mut initdb = command(&programs, "initdb", owner, folder.path());
        let made =
            initdb.args(["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        succeeded("initdb", &made.output().unwrap());
        let port = free_port();
        let process = launch(&programs, owner, folder.path(), port);
        let mut server = Self { programs, owner, folder, port, process };
        server.answers_again();
        server
    }

    /// Where it is, also after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Kills it with SIGKILL, as a machine that fails: its sessions end without a word.
    pub fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again after [`kill9`](Self::kill9), with its data and on its port, and waits until it answers.
    ///
    /// # Panics
    /// It does not answer within a minute.
    pub fn restart(&mut self) {
        self.process = launch(&self.programs, self.owner, self.folder.path(), self.port);
        self.answers_again();
    }

    /// Has it stand still, with all its sessions: its connections stay, and nothing answers.
    pub fn freeze(&self) {
        process::freeze(self.process.id());
    }

    /// Has it go on after [`freeze`](Self::freeze).
    pub fn thaw(&self) {
        process::thaw(self.process.id());
    }

    /// Gives a folder to the user as whom it runs, who may then keep a tablespace there.
    pub fn give(&self, folder: &Path) {
        if let Some(Owner { uid, gid }) = self.owner {
            chown(folder, Some(uid), Some(gid)).unwrap();
        }
    }

    /// Waits until it answers. One that dies at first is tried again: sessions of the one before may still hold the
    /// data.
    fn answers_again(&mut self) {
        let give_up = Instant::now() + START;
        while !self.answers() {
            assert!(Instant::now() < give_up, "PostgreSQL does not answer:\n{}", self.log());
            if self.process.try_wait().unwrap().is_some() {
                self.process = launch(&self.programs, self.owner, self.folder.path(), self.port);
            }
            sleep(LOOK);
        }
    }

    /// Whether it answers at its own socket, where nobody else can; it then has its port, too.
    fn answers(&self) -> bool {
        let mut ask = command(&self.programs, "pg_isready", self.owner, self.folder.path());
        ask.arg("-q").arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string()]);
        ask.status().unwrap().success()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for PrivatePostgres {
    /// Ends it at once, but so that it takes its sessions and its shared memory along.
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            let told = Command::new("kill").args(["-s", "QUIT", &self.process.id().to_string()]).status();
            let _ended = told.and_then(|_| self.process.wait());
        }
    }
}

/// The folder of PostgreSQL's programs. Debian keeps each version's outside of PATH; the newest wins.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        newest_of_debian().or_else(|| std::env::split_paths(&path).find(|folder| has_programs(folder)));
    found.unwrap_or_else(|| {
        panic!(
            "this test needs a PostgreSQL of its own, and {PROGRAMS:?} are not there: \
             `dev/services up postgres` installs them"
        )
    })
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|version| version.path());
    let number = |path: &PathBuf| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    versions.map(|version| version.join("bin")).filter(|bin| has_programs(bin)).max_by_key(number)
}

fn has_programs(folder: &Path) -> bool {
    PROGRAMS.iter().all(|program| folder.join(program).exists())
}

fn launch(programs: &Path, owner: Option<Owner>, folder: &Path, port: u16) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
    ];
    let mut postgres = command(programs, "postgres", owner, folder);
    postgres.args(["-D", "data"]).args(settings.iter().flat_map(|setting| ["-c", setting]));
    postgres.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn command(programs: &Path, name: &str, owner: Option<Owner>, folder: &Path) -> Command {
    let mut command = Command::new(programs.join(name));
    command.current_dir(folder);
    if let Some(Owner { uid, gid }) = owner {
        command.uid(uid).gid(gid);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        let mut server = PrivatePostgres::start();
        let (url, folder, first) = (server.url(), server.folder.path().to_owned(), server.process.id());
        server.kill9();
        assert!(!server.answers());
        server.restart();
        assert!(server.answers());
        assert_eq!(server.url(), url);
        assert_ne!(server.process.id(), first);
        drop(server);
        assert!(!folder.exists());
    }
}
