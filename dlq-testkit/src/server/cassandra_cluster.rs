//! [`PrivateCassandraCluster`]: several Cassandra nodes of one test's own, each of which has all rows.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::PrivateCassandra;
use super::cassandra::configure;

/// Where the nodes are: they have the same ports, which is how clients find the others.
const HOSTS: [&str; 3] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
/// How long it may take until all nodes know that all are up.
const START: Duration = Duration::from_secs(120);
/// How long to wait before the next look.
const LOOK: Duration = Duration::from_millis(200);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// `STARTUP` in version 4 of the protocol, with `CQL_VERSION` 3.0.0.
const STARTUP: &[u8] = b"\x04\0\0\0\x01\0\0\0\x16\0\x01\0\x0bCQL_VERSION\0\x053.0.0";
/// A table of the database's own of which each of three nodes has all rows.
const ASKED: &str =
    "SELECT * FROM system_distributed.view_build_status WHERE keyspace_name = 'a' AND view_name = 'a'";

/// Three nodes on addresses of the loopback interface. They are gone when it is dropped.
#[derive(Debug)]
pub struct PrivateCassandraCluster {
    nodes: Vec<PrivateCassandra>,
}

impl PrivateCassandraCluster {
    /// Starts three empty nodes, and waits until each knows that all are up.
    ///
    /// # Panics
    /// As [`PrivateCassandra::start`]; or the nodes do not find each other in time.
    #[must_use]
    pub fn start() -> Self {
        let (port, storage) = (common_port(), common_port());
        let start = |host| thread::spawn(move || node(host, port, storage));
        let starts = HOSTS.map(start);
        let nodes = starts.into_iter().map(|start| start.join().unwrap()).collect();
        let cluster = Self { nodes };
        cluster.is_whole_again();
        cluster
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        let nodes: Vec<_> = self.nodes.iter().map(|node| node.url().replace("cassandra://", "")).collect();
        format!("cassandra://{}", nodes.join(","))
    }

    /// One of the three.
    pub fn node(&mut self, number: usize) -> &mut PrivateCassandra {
        &mut self.nodes[number]
    }

    /// Waits until every node knows that all are up.
    ///
    /// # Panics
    /// It takes more than two minutes.
    pub fn is_whole_again(&self) {
        let give_up = Instant::now() + START;
        while !self.nodes.iter().all(|node| asks_all(node).unwrap_or(false)) {
            assert!(Instant::now() < give_up, "the nodes of Cassandra do not find each other");
            thread::sleep(LOOK);
        }
    }
}

/// Starts a node. All are seeds, so that none waits for another.
fn node(host: &'static str, port: u16, storage: u16) -> PrivateCassandra {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), port, storage);
    let file = folder.path().join("cassandra.yaml");
    let settings = fs::read_to_string(&file).unwrap();
    let seeds = HOSTS.map(|host| format!("{host}:{storage}")).join(",");
    let settings = settings
        .replace("_address: 127.0.0.1", &format!("_address: {host}"))
        .replace(&format!("\"127.0.0.1:{storage}\""), &format!("\"{seeds}\""));
    fs::write(&file, settings + include_str!("cassandra/cluster.yaml")).unwrap();
    let args = folder.path().join("args");
    let options = fs::read_to_string(&args).unwrap();
    fs::write(&args, format!("-XX:TieredStopAtLevel=1\n{options}")).unwrap();
    PrivateCassandra::start_in(folder, host, port, None)
}

/// A port that nobody has on any of the addresses right now.
fn common_port() -> u16 {
    loop {
        let first = TcpListener::bind((HOSTS[0], 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        if HOSTS[1..].iter().all(|host| TcpListener::bind((*host, port)).is_ok()) {
            return port;
        }
    }
}

/// Has a node ask all replicas, which it refuses unless it knows that all are up.
fn asks_all(node: &PrivateCassandra) -> io::Result<bool> {
    const RESULT: u8 = 8;
    let mut stream = TcpStream::connect(node.url().trim_start_matches("cassandra://"))?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.write_all(STARTUP)?;
    answer(&mut stream)?;
    let consistency_of_all = [0, 5, 0];
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or_default().to_be_bytes();
    let body = [&length(ASKED.len()), ASKED.as_bytes(), &consistency_of_all].concat();
    stream.write_all(&[b"\x04\0\0\0\x07", &length(body.len())[..], &body].concat())?;
    Ok(answer(&mut stream)? == RESULT)
}

/// The kind of an answer.
fn answer(stream: &mut TcpStream) -> io::Result<u8> {
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    io::copy(&mut stream.take(length.into()), &mut io::sink())?;
    Ok(head[4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_knows_whether_all_are_up() {
        let mut cluster = PrivateCassandraCluster::start();
        cluster.node(2).kill9();
        let give_up = Instant::now() + START;
        while asks_all(&cluster.nodes[0]).unwrap_or(false) {
            assert!(Instant::now() < give_up, "a node that is gone is not missed");
            thread::sleep(LOOK);
        }
        cluster.node(2).restart();
        cluster.is_whole_again();
    }
}
