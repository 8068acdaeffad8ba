//! Where the real servers are that tests run against, and servers of a test's own.

mod cassandra;
mod cassandra_cluster;
mod cassandra_guarded;
mod certificate;
mod kafka;
mod mariadb;
mod owner;
mod postgres;
mod private;
mod process;
mod redis;
mod redis_cluster;
mod redis_watched;

use std::env;
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

pub use cassandra::PrivateCassandra;
pub use cassandra_cluster::PrivateCassandraCluster;
pub use certificate::{Authority, Certificate};
pub use kafka::PrivateKafka;
pub use mariadb::PrivateMariadb;
pub use postgres::PrivatePostgres;
pub use private::{Kind, Private};
pub use redis::PrivateRedis;
pub use redis_cluster::PrivateRedisCluster;
pub use redis_watched::PrivateRedisWatched;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);

/// A real server that a test needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    name: &'static str,
    url: String,
}

impl Server {
    /// The server of this name, as `dev/services` knows it: `kafka`, `postgres`, `mariadb`, `redis`, `cassandra`
    ///
    /// # Panics
    /// No one says where it is. A test that needs a server fails without one, and says how to start it; it is never
    /// skipped.
    #[must_use]
    pub fn named(name: &'static str) -> Self {
        let variable = variable(name);
        match env::var(&variable) {
            Ok(url) if !url.is_empty() => Self { name, url },
            _ => panic!(
                "this test needs {name}, and {variable} does not say where it is: \
                 run `dev/services up {name}`, then `eval \"$(dev/services env)\"`"
            ),
        }
    }

    /// Where it is: a URL, or what its clients take for one.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.name, self.url)
    }
}

fn variable(name: &str) -> String {
    // Its clients are MySQL's, and MySQL's own server would do as well.
    let name = if name == "mariadb" { "mysql" } else { name };
    format!("DLQ_TEST_{}_URL", name.to_uppercase())
}

/// A port of the loopback interface that nobody has right now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What a server answers to a few bytes, as many as are needed.
fn asked<const BYTES: usize>(at: (&str, u16), question: &[u8]) -> io::Result<[u8; BYTES]> {
    let mut stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.write_all(question)?;
    let mut answer = [0; BYTES];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn succeeded(what: &str, output: &Output) {
    let told = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{what} failed: {}", told.concat());
}

/// A server's jars: where `DLQ_TEST_<NAME>_JARS` says, or where `dev/services` puts them.
fn jars(name: &str) -> PathBuf {
    let ours = || Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../target/services/{name}/libs"));
    let variable = format!("DLQ_TEST_{}_JARS", name.to_uppercase());
    let folder = env::var_os(&variable).map_or_else(ours, PathBuf::from);
    assert!(
        fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some()),
        "this test needs a {name} of its own, and its jars are not in {}: run `dev/services install {name}`, or name \
         their folder with {variable}",
        folder.display()
    );
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "dev/services up nowhere")]
    fn a_server_that_is_not_there_says_how_to_start_it() {
        let _server = Server::named("nowhere");
    }

    #[test]
    fn the_variable_is_named_after_the_server() {
        assert_eq!(variable("postgres"), "DLQ_TEST_POSTGRES_URL");
        assert_eq!(variable("mariadb"), "DLQ_TEST_MYSQL_URL");
    }
}
