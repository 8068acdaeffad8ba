//! [`PrivatePostgres`]: a PostgreSQL of one test's own.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use super::owner::Owner;
use super::private::{Kind, Private, needed};
use super::{free_port, succeeded};

/// What is run of PostgreSQL.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_isready"];

/// PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    owner: Option<Owner>,
    port: u16,
}

/// A PostgreSQL of one test's own.
pub type PrivatePostgres = Private<Postgres>;

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
        Self::launched(Postgres { programs, owner, port: free_port() }, folder)
    }

    /// Where it is, also after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.kind.port)
    }

    /// Gives a folder to the user as whom it runs, who may then keep a tablespace there.
    pub fn give(&self, folder: &Path) {
        if let Some(Owner { uid, gid }) = self.kind.owner {
            chown(folder, Some(uid), Some(gid)).unwrap();
        }
    }
}

impl Kind for Postgres {
    const NAME: &'static str = "postgres";

    fn command(&self, folder: &Path) -> Command {
        let settings = [
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", folder.display()),
        ];
        let mut postgres = command(&self.programs, "postgres", self.owner, folder);
        postgres.args(["-D", "data"]).args(settings.iter().flat_map(|setting| ["-c", setting]));
        postgres
    }

    /// At its own socket, where nobody else can; it then has its port, too.
    fn answers(&self, folder: &Path) -> io::Result<bool> {
        let mut ask = command(&self.programs, "pg_isready", self.owner, folder);
        ask.arg("-q").arg("-h").arg(folder).args(["-p", &self.port.to_string()]);
        Ok(ask.status()?.success())
    }

    /// Sessions of the one before may still hold the data for a moment.
    fn is_tried_again(&mut self, _: bool) -> bool {
        true
    }

    /// So that it takes its sessions and its shared memory along.
    fn end(process: &mut Child) -> io::Result<()> {
        Command::new("kill").args(["-s", "QUIT", &process.id().to_string()]).status().map(|_| ())
    }
}

/// The folder of PostgreSQL's programs. Debian keeps each version's outside of PATH; the newest wins.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        newest_of_debian().or_else(|| std::env::split_paths(&path).find(|folder| has_programs(folder)));
    found.unwrap_or_else(|| panic!("{PROGRAMS:?} are not there: {}", needed(Postgres::NAME)))
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|version| version.path());
    let number = |path: &PathBuf| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    versions.map(|version| version.join("bin")).filter(|bin| has_programs(bin)).max_by_key(number)
}

fn has_programs(folder: &Path) -> bool {
    PROGRAMS.iter().all(|program| folder.join(program).exists())
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
    use crate::server::private::comes_back_and_leaves_nothing_behind;

    #[test]
    fn it_comes_back_after_it_was_killed_and_leaves_nothing_behind() {
        comes_back_and_leaves_nothing_behind(PrivatePostgres::start(), PrivatePostgres::url);
    }
}
