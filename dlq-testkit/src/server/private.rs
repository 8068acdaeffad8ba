//! [`Private`]: a server of one test's own, which may be killed and frozen.

use std::fmt::Debug;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process;

/// What differs from server to server.
pub trait Kind: Debug {
    /// Its name, as `dev/services` knows it.
    const NAME: &'static str;
    /// How long it may take to answer.
    const PATIENCE: Duration = Duration::from_secs(60);
    /// How long to wait before the next look.
    const LOOK: Duration = Duration::from_millis(200);

    /// What launches it, for the first time and again.
    fn command(&self, folder: &Path) -> Command;

    /// Whether it answers.
    ///
    /// # Errors
    /// It does not.
    fn answers(&self, folder: &Path) -> io::Result<bool>;

    /// It ended before it answered: whether it is launched again. Where it `is_new` nobody knows its ports yet, and it may
    /// take others.
    fn is_tried_again(&mut self, _is_new: bool) -> bool {
        false
    }

    /// Ends it at once: nobody will ask for its data again.
    ///
    /// # Errors
    /// It cannot be told.
    fn end(process: &mut Child) -> io::Result<()> {
        process.kill()
    }
}

/// A server of one test's own, with data of its own, on ports of its own of the loopback interface. It is gone when it is
/// dropped.
#[derive(Debug)]
pub struct Private<K: Kind> {
    pub(super) kind: K,
    pub(super) folder: TempDir,
    process: Child,
}

impl<K: Kind> Private<K> {
    /// Launches what was made ready in this folder, and waits until it answers.
    pub(super) fn launched(kind: K, folder: TempDir) -> Self {
        let process = launch(&kind, folder.path());
        let mut server = Self { kind, folder, process };
        server.wait(true);
        server
    }

    /// Kills it with SIGKILL, as a machine that fails: its sessions end without a word.
    ///
    /// # Panics
    /// It was killed already.
    pub fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again after [`kill9`](Self::kill9), with its data and on its ports, and waits until it answers.
    ///
    /// # Panics
    /// It does not answer in time.
    pub fn restart(&mut self) {
        self.process = launch(&self.kind, self.folder.path());
        self.wait(false);
    }

    /// Starts it again if it ended of its own accord, as whoever watches over it does; answers whether it had.
    ///
    /// # Panics
    /// As for [`restart`](Self::restart).
    pub fn revive(&mut self) -> bool {
        let has_ended = self.has_ended();
        if has_ended {
            self.restart();
        }
        has_ended
    }

    /// Has it stand still, with all its sessions: its connections stay, and nothing answers.
    pub fn freeze(&self) {
        process::freeze(self.process.id());
    }

    /// Has it go on after [`freeze`](Self::freeze).
    pub fn thaw(&self) {
        process::thaw(self.process.id());
    }

    fn wait(&mut self, is_new: bool) {
        let give_up = Instant::now() + K::PATIENCE;
        while !self.answers() {
            assert!(Instant::now() < give_up, "{} does not answer:\n{}", K::NAME, self.log());
            if self.has_ended() {
                let again = self.kind.is_tried_again(is_new);
                assert!(again, "{} ended while it started:\n{}", K::NAME, self.log());
                self.process = launch(&self.kind, self.folder.path());
            }
            sleep(K::LOOK);
        }
    }

    fn answers(&self) -> bool {
        self.kind.answers(self.folder.path()).unwrap_or(false)
    }

    fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl<K: Kind> Drop for Private<K> {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            let _ended = K::end(&mut self.process).and_then(|()| self.process.wait());
        }
    }
}

fn launch<K: Kind>(kind: &K, folder: &Path) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let mut command = kind.command(folder);
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("{}: {error}", needed(K::NAME)))
}

/// What a test says that needs a server of its own which is not installed.
pub(super) fn needed(name: &str) -> String {
    format!("this test needs a {name} of its own; `dev/services install {name}` installs it")
}

/// What every kind keeps: killed, it comes back where it was; frozen, it stands still; dropped, it leaves nothing behind.
#[cfg(test)]
pub(super) fn comes_back_and_leaves_nothing_behind<K: Kind>(
    mut server: Private<K>,
    place: impl Fn(&Private<K>) -> String,
) {
    let (first, folder) = (place(&server), server.folder.path().to_owned());
    server.kill9();
    assert!(!server.answers() && server.revive() && !server.revive());
    assert_eq!(place(&server), first);
    server.freeze();
    assert!(!server.answers(), "it stands still");
    server.thaw();
    server.wait(false);
    drop(server);
    assert!(!folder.exists());
}
