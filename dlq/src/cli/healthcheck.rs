//! `dlq healthcheck`: whether a running server is ready, for containers that have no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::exit::Exit;
use super::global::GlobalArgs;
use crate::config::{Config, Listen, Mistake, Mistakes};
use crate::output::{Output, text};

/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How much of the answer is read.
const ANSWER_MAX: u64 = 64 << 10;

/// Asks a running server whether it is ready: exit code 0 if it is, 1 if it is not, or does not answer within 5 s
#[derive(Args, Clone, Debug)]
pub struct HealthcheckArgs {
    /// What to ask, in place of /readyz at server.listen; /livez asks only whether the process answers
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
}

/// Asks, and shows the answer.
///
/// # Errors
/// [`Mistakes`] where there is nothing to ask; the server does not answer.
pub async fn run(
    args: &HealthcheckArgs,
    global: &GlobalArgs,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let url = match &args.url {
        Some(url) => url.clone(),
        None => configured(&Config::load(&global.sources())?.config)?,
    };
    let asked = tokio::time::timeout(ANSWER, ask(&url)).await;
    let asked = asked.with_context(|| format!("{url} has not answered for {} s", ANSWER.as_secs()))?;
    let (is_fine, body) = asked.with_context(|| format!("{url} cannot be asked"))?;
    output.line(text::block(body.trim_end()))?;
    Ok(if is_fine { Exit::Done } else { Exit::Failed })
}

/// Where a server on this machine listens, as it is configured.
fn configured(config: &Config) -> anyhow::Result<Url> {
    let none = || Mistakes::from(Mistake::about("server.listen", "is empty; allowed: --url, or an address"));
    let listen = config.server.listen.unwrap_or(Listen(Some(Listen::USUAL)));
    let address = reachable(listen.0.ok_or_else(none)?);
    Ok(Url::parse(&format!("http://{address}/readyz"))?)
}

/// One who listens everywhere is reached by loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Asks over HTTP/1.0, which ends an answer by closing: whether it is fine, and the rest of it.
async fn ask(url: &Url) -> anyhow::Result<(bool, String)> {
    let host = url.host_str().filter(|_| url.scheme() == "http");
    let no_url =
        || Mistakes::from(Mistake::about("--url", format!("{url}: http://HOST:PORT/PATH is allowed")));
    let host = host.ok_or_else(no_url)?;
    let addresses = url.socket_addrs(|| None)?;
    let mut stream = TcpStream::connect(&*addresses).await?;
    let request = format!("GET {} HTTP/1.0\r\nHost: {host}\r\n\r\n", url.path());
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").context("what answers speaks no HTTP")?;
    let status = head.split(' ').nth(1).context("what answers speaks no HTTP")?;
    Ok((status == "200", body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flag, Sources};

    #[test]
    fn who_listens_everywhere_is_asked_on_loopback() {
        for (listen, asked) in [
            ("127.0.0.1:9099", "http://127.0.0.1:9099/readyz"),
            ("0.0.0.0:80", "http://127.0.0.1/readyz"),
            ("[::]:9099", "http://[::1]:9099/readyz"),
        ] {
            let flag = |key, value: &str| Flag { key, name: "--test", value: value.to_owned() };
            let flags =
                vec![flag("server.listen", listen), flag("server.expose_without_authentication", "true")];
            let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap().config;
            assert_eq!(configured(&config).unwrap().as_str(), asked);
        }
    }
}
