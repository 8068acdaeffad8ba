//! [`Proxy`]: a network between two processes that fails as a test wants it to.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// Bytes that are carried at once, at most.
const PIECE: usize = 1 << 16;

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It carries.
    Open,
    /// It carries, and each piece takes so long.
    Slow(Duration),
    /// It carries nothing and says nothing; what was sent arrives once it is open again.
    Silent,
    /// It resets whoever is connected, and whoever connects.
    Closed,
}

/// How the network is now, and which connections it still knows: those with this number and later ones.
#[derive(Clone, Copy, Debug)]
struct Rule {
    way: Way,
    known_from: u64,
}

/// A TCP proxy on a port of its own of the loopback interface. It and all its connections are gone when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    rule: watch::Sender<Rule>,
    accepted: watch::Receiver<u64>,
    runtime: Option<Runtime>,
}

impl Proxy {
    /// Carries whatever comes to [`address`](Self::address) to `target`, and back.
    ///
    /// # Panics
    /// There is no port or no thread left; or it is called on a Tokio runtime: the proxy has its own.
    #[must_use]
    pub fn to(target: SocketAddr) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (rule, seen) = watch::channel(Rule { way: Way::Open, known_from: 0 });
        let (count, accepted) = watch::channel(0);
        runtime.spawn(accept(listener, target, seen, count));
        Self { address, rule, accepted, runtime: Some(runtime) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the network be so from now on.
    pub fn be(&self, way: Way) {
        self.rule.send_modify(|rule| rule.way = way);
    }

    /// Forgets who is connected, as a firewall that was restarted: they never hear a word again, not even that they
    /// are cut off. Who connects anew is carried.
    pub fn forget(&self) {
        let known_from = *self.accepted.borrow();
        self.rule.send_modify(|rule| rule.known_from = known_from);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(
    listener: TcpListener,
    target: SocketAddr,
    rule: watch::Receiver<Rule>,
    count: watch::Sender<u64>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let number = *count.borrow();
        count.send_replace(number + 1);
        tokio::spawn(connect(client, target, number, rule.clone()));
    }
}

/// Carries both directions of one connection until either end closes it, or the network does.
async fn connect(mut client: TcpStream, target: SocketAddr, number: u64, rule: watch::Receiver<Rule>) {
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    // A reset, not an orderly end, is what a broken network gives.
    let _reset_at_the_end = client.set_zero_linger().and_then(|()| server.set_zero_linger());
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let mut end = rule.clone();
    tokio::select! {
        biased;
        _ = end.wait_for(|rule| rule.way == Way::Closed) => {}
        () = carry(from_client, to_server, number, rule.clone()) => {}
        () = carry(from_server, to_client, number, rule.clone()) => {}
    }
}

async fn carry(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, number: u64, mut rule: watch::Receiver<Rule>) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let carries = |rule: &Rule| rule.way != Way::Silent && rule.known_from <= number;
        let Ok(Rule { way, .. }) = rule.wait_for(carries).await.map(|rule| *rule) else { return };
        if let Way::Slow(late) = way {
            tokio::time::sleep(late).await;
        }
        if to.write_all(piece.get(..length).unwrap_or_default()).await.is_err() {
            return;
        }
    }
    // The end of the one is no news to the other while the network is silent.
    let _open = rule.wait_for(|rule| rule.way != Way::Silent && rule.known_from <= number).await;
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read, Write};
    use std::net;

    use super::*;

    /// Answers every byte with itself.
    fn echo() -> SocketAddr {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
            }
        });
        address
    }

    fn client(proxy: &Proxy) -> net::TcpStream {
        let stream = net::TcpStream::connect(proxy.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        stream
    }

    fn says_back(mut stream: &net::TcpStream) -> Result<(), ErrorKind> {
        let mut byte = [0];
        stream.write_all(b"x").and_then(|()| stream.read_exact(&mut byte)).map_err(|error| error.kind())
    }

    #[test]
    fn what_was_sent_into_silence_arrives_when_it_ends() {
        let proxy = Proxy::to(echo());
        let stream = client(&proxy);
        assert_eq!(says_back(&stream), Ok(()));
        proxy.be(Way::Silent);
        assert_eq!(says_back(&stream), Err(ErrorKind::WouldBlock));
        proxy.be(Way::Open);
        let mut late = [0];
        (&stream).read_exact(&mut late).unwrap();
        assert_eq!(&late, b"x");
    }

    #[test]
    fn a_closed_way_resets_and_an_open_one_takes_who_comes_anew() {
        let proxy = Proxy::to(echo());
        let stream = client(&proxy);
        assert_eq!(says_back(&stream), Ok(()));
        proxy.be(Way::Closed);
        let cut_off = std::iter::repeat_with(|| says_back(&stream)).find_map(Result::err);
        assert!(matches!(cut_off, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)), "{cut_off:?}");
        proxy.be(Way::Open);
        assert_eq!(says_back(&client(&proxy)), Ok(()));
    }

    #[test]
    fn who_was_forgotten_hears_nothing_and_who_comes_anew_is_carried() {
        let proxy = Proxy::to(echo());
        let stream = client(&proxy);
        assert_eq!(says_back(&stream), Ok(()));
        proxy.forget();
        assert_eq!(says_back(&stream), Err(ErrorKind::WouldBlock));
        assert_eq!(says_back(&client(&proxy)), Ok(()));
    }
}
