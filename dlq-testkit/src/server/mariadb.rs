//! [`PrivateMariadb`]: a MariaDB of one test's own, which may be killed and frozen.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::owner::Owner;
use super::{free_port, process, succeeded};

/// How long it may take to answer.
const START: Duration = Duration::from_secs(60);
/// How long to wait before the next look.
const LOOK: Duration = Duration::from_millis(200);
/// Who tests are: one who may do everything in databases of this name, and nothing with the server.
const WELCOME: &str = "CREATE USER IF NOT EXISTS 'dlq'@'127.0.0.1' IDENTIFIED BY 'dlq';\n\
    GRANT ALL ON `dlq%`.* TO 'dlq'@'127.0.0.1';\nCREATE DATABASE IF NOT EXISTS dlq;\n\
    CREATE USER IF NOT EXISTS 'admin'@'127.0.0.1' IDENTIFIED BY 'admin';\n\
    GRANT ALL ON *.* TO 'admin'@'127.0.0.1';\n";

/// A MariaDB of one test's own, with data of its own, on a port of its own of the loopback interface. It is gone when it
/// is dropped.
#[derive(Debug)]
pub struct PrivateMariadb {
    owner: Option<Owner>,
    folder: TempDir,
    data: PathBuf,
    options: Vec<String>,
    port: u16,
    process: Child,
}

impl PrivateMariadb {
    /// Makes an empty server, and waits until it answers.
    ///
    /// # Panics
    /// MariaDB is not installed, or does not start. A test that needs it fails without it; it is never skipped.
    #[must_use]
    pub fn start() -> Self {
        Self::with(|_| Vec::new())
    }

    /// The same with further options, such as `--max-allowed-packet=1M`, which may name files in its folder.
    ///
    /// # Panics
    /// As for [`start`](Self::start).
    #[must_use]
    pub fn with(options: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        let data = folder.path().join("data");
        Self::make(folder, data, options)
    }

    /// The same with its data on a disk of the test's own.
    ///
    /// # Panics
    /// As for [`start`](Self::start).
    #[must_use]
    pub fn on(disk: &Path) -> Self {
        let small = ["--innodb-log-file-size=16M", "--innodb-temp-data-file-path=ibtmp1:4M:autoextend"];
        Self::make(tempfile::tempdir().unwrap(), disk.join("data"), small.map(str::to_owned).into())
    }

    fn make(folder: TempDir, data: PathBuf, options: Vec<String>) -> Self {
        let owner = Owner::needed("mysql");
        let mut install = Command::new("mariadb-install-db");
        install.arg("--no-defaults").arg("--auth-root-authentication-method=normal").arg("--skip-test-db");
        // Those that are made side by side in one folder take each other's temporary tables.
        install.arg(format!("--tmpdir={}", folder.path().display()));
        let made = install.arg(format!("--datadir={}", data.display())).output();
        let made = made.unwrap_or_else(|error| {
            panic!(
                "this test needs a MariaDB of its own, and its programs are not there ({error}): \
                 `dev/services up mariadb` installs them"
            )
        });
        succeeded("mariadb-install-db", &made);
        fs::write(folder.path().join("welcome.sql"), WELCOME).unwrap();
        give(owner, folder.path());
        give(owner, &data);
        let port = free_port();
        let process = launch(owner, folder.path(), &data, port, &options);
        let mut server = Self { owner, folder, data, options, port, process };
        server.answers_again();
        server
    }

    /// Where it is, also after a restart, for one who may use databases.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mysql://dlq:dlq@127.0.0.1:{}/dlq", self.port)
    }

    /// Where it is for one who may change its settings.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("mysql://admin:admin@127.0.0.1:{}/dlq", self.port)
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
        self.process = self.launch();
        self.answers_again();
    }

    /// Starts it again if it ended of its own accord, as whoever watches over it does; answers whether it had.
    pub fn revive(&mut self) -> bool {
        let has_ended = self.process.try_wait().unwrap().is_some();
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

    fn answers_again(&mut self) {
        let give_up = Instant::now() + START;
        while !self.answers() {
            assert!(Instant::now() < give_up, "MariaDB does not answer:\n{}", self.log());
            if self.process.try_wait().unwrap().is_some() {
                self.process = self.launch();
            }
            sleep(LOOK);
        }
    }

    /// Whether it answers at its own socket, where nobody else can; it then has its port, too.
    fn answers(&self) -> bool {
        let mut ask = Command::new("mariadb-admin");
        ask.args(["--no-defaults", "--silent", "-uroot", "ping"]);
        ask.arg(format!("--socket={}", socket(self.folder.path())));
        ask.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }

    fn launch(&self) -> Child {
        launch(self.owner, self.folder.path(), &self.data, self.port, &self.options)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for PrivateMariadb {
    /// Ends it at once: nobody will ask for its data again.
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            let _ended = self.process.kill().and_then(|()| self.process.wait());
        }
    }
}

fn socket(folder: &Path) -> String {
    folder.join("socket").display().to_string()
}

/// Gives a folder, with all that is in it, to the user as whom the server runs.
fn give(owner: Option<Owner>, path: &Path) {
    let Some(Owner { uid, gid }) = owner else { return };
    chown(path, Some(uid), Some(gid)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| give(owner, &entry.unwrap().path()));
    }
}

fn launch(owner: Option<Owner>, folder: &Path, data: &Path, port: u16, options: &[String]) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let mut server = Command::new("mariadbd");
    server.current_dir(folder).arg("--no-defaults").args(owner.map(|_| "--user=mysql"));
    for (name, value) in [
        ("datadir", data.display().to_string()),
        ("init-file", folder.join("welcome.sql").display().to_string()),
        ("socket", socket(folder)),
        ("port", port.to_string()),
        ("tmpdir", folder.display().to_string()),
        ("bind-address", "127.0.0.1".to_owned()),
        ("innodb-buffer-pool-size", "32M".to_owned()),
    ] {
        server.arg(format!("--{name}={value}"));
    }
    server.args(options);
    server.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        let mut server = PrivateMariadb::start();
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
