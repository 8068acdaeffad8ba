//! [`PrivateMariadb`]: a MariaDB of one test's own.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::owner::Owner;
use super::private::{Kind, Private, needed};
use super::{free_port, succeeded};

/// Who tests are: one who may do everything in databases of this name, and nothing with the server.
const WELCOME: &str = "CREATE USER IF NOT EXISTS 'dlq'@'127.0.0.1' IDENTIFIED BY 'dlq';\n\
    GRANT ALL ON `dlq%`.* TO 'dlq'@'127.0.0.1';\nCREATE DATABASE IF NOT EXISTS dlq;\n\
    CREATE USER IF NOT EXISTS 'admin'@'127.0.0.1' IDENTIFIED BY 'admin';\n\
    GRANT ALL ON *.* TO 'admin'@'127.0.0.1';\n";

/// MariaDB.
#[derive(Debug)]
pub struct Mariadb {
    owner: Option<Owner>,
    data: PathBuf,
    options: Vec<String>,
    port: u16,
}

/// A MariaDB of one test's own.
pub type PrivateMariadb = Private<Mariadb>;

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
        let made = made.unwrap_or_else(|error| panic!("{}: {error}", needed(Mariadb::NAME)));
        succeeded("mariadb-install-db", &made);
        fs::write(folder.path().join("welcome.sql"), WELCOME).unwrap();
        give(owner, folder.path());
        give(owner, &data);
        Self::launched(Mariadb { owner, data, options, port: free_port() }, folder)
    }

    /// Where it is, also after a restart, for one who may use databases.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mysql://dlq:dlq@127.0.0.1:{}/dlq", self.kind.port)
    }

    /// Where it is for one who may change its settings.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("mysql://admin:admin@127.0.0.1:{}/dlq", self.kind.port)
    }
}

impl Kind for Mariadb {
    const NAME: &'static str = "mariadb";

    fn command(&self, folder: &Path) -> Command {
        let mut server = Command::new("mariadbd");
        server.arg("--no-defaults").args(self.owner.map(|_| "--user=mysql"));
        for (name, value) in [
            ("datadir", self.data.display().to_string()),
            ("init-file", folder.join("welcome.sql").display().to_string()),
            ("socket", socket(folder)),
            ("port", self.port.to_string()),
            ("tmpdir", folder.display().to_string()),
            ("bind-address", "127.0.0.1".to_owned()),
            ("innodb-buffer-pool-size", "32M".to_owned()),
        ] {
            server.arg(format!("--{name}={value}"));
        }
        server.args(&self.options);
        server
    }

    /// At its own socket, where nobody else can; it then has its port, too.
    fn answers(&self, folder: &Path) -> io::Result<bool> {
        let mut ask = Command::new("mariadb-admin");
        ask.args(["--no-defaults", "--silent", "--connect-timeout=2", "-uroot", "ping"]);
        ask.arg(format!("--socket={}", socket(folder)));
        Ok(ask.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }

    /// What the one before left behind may hold the data for a moment.
    fn is_tried_again(&mut self, _: bool) -> bool {
        true
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::private::comes_back_and_leaves_nothing_behind;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        comes_back_and_leaves_nothing_behind(PrivateMariadb::start(), PrivateMariadb::url);
    }
}
