//! This executable again, as a process of its own: told something on its standard input, answering on its output.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// How long a process may take before it is ended.
const RUN_MAX: Duration = Duration::from_secs(900);

/// Runs a verb of `dlq bench` with these arguments before it. What it is told does not stand on its command line, which
/// every user sees: URLs hold passwords.
///
/// # Errors
/// The process failed, took longer than a quarter of an hour, or answered something else.
pub(super) async fn ask<A: DeserializeOwned>(
    verb: &str,
    global: &[String],
    told: &(impl Serialize + Sync),
) -> anyhow::Result<A> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(global).args(["bench", verb]).kill_on_drop(true);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("the process has no standard input")?;
    stdin.write_all(&serde_json::to_vec(told)?).await?;
    drop(stdin);
    let ended = tokio::time::timeout(RUN_MAX, child.wait_with_output()).await;
    let output =
        ended.with_context(|| format!("dlq bench {verb} took longer than {} s", RUN_MAX.as_secs()))??;
    if !output.status.success() {
        bail!("dlq bench {verb} ended with {}", output.status);
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("dlq bench {verb} answered something else"))
}
