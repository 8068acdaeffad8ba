//! From a port to requests, with limits on what a caller may take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use crate::config::{Mistake, Mistakes};

/// How long a caller may take to send the head of a request; a connection without one is closed then.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How many bytes it may have.
const HEAD_MAX: usize = 16 << 10;
/// How many callers are served at the same time; others wait until the system turns them away.
const CONNECTIONS_MAX: usize = 128;
/// How long to wait where the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// A port at which pages are told, until this is dropped.
#[derive(Debug)]
pub struct Listening {
    /// Where.
    pub address: SocketAddr,
    _answering: AbortOnDropHandle<()>,
}

/// Tells pages at an address.
///
/// # Errors
/// The address cannot be had: whoever starts knows it before anything has begun.
pub async fn listen(address: SocketAddr, pages: Router) -> Result<Listening, Mistakes> {
    let taken = async {
        let listener = TcpListener::bind(address).await?;
        Ok((listener.local_addr()?, listener))
    };
    let (address, listener) = taken.await.map_err(|error: std::io::Error| {
        let problem = format!("{error}; allowed: a free address of this machine, or \"\"");
        Mistake::about(format!("server.listen = \"{address}\""), problem)
    })?;
    let answering = AbortOnDropHandle::new(tokio::spawn(accept(listener, pages)));
    Ok(Listening { address, _answering: answering })
}

/// Answers requests, for ever.
async fn accept(listener: TcpListener, pages: Router) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let answered = answer(stream, pages.clone());
                tokio::spawn(async move {
                    answered.await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection could not be accepted");
                tokio::time::sleep(NO_ROOM).await;
            }
        }
    }
}

async fn answer(stream: TcpStream, pages: Router) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_MAX);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(pages));
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a caller went away");
    }
}
