//! `dlq copy`: one storage into another.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use dlq_core::DlqStorage;
use serde::Serialize;

use super::exit::Exit;
use crate::config::{Config, Mistake, Mistakes, Storage, StorageUrl};
use crate::copy::{self, Ends, Proof, Shown, identity};
use crate::output::{Format, Output, grid};
use crate::storage::{self, Opener};

/// From where to where.
#[derive(Args, Clone, Debug)]
pub struct CopyArgs {
    /// The storage that is read: a URL as storage.url allows it, or file:PATH for a file that holds one
    from: String,

    /// The storage that is written: one that is empty, or in which this copy was begun before
    to: String,
}

/// What was done, for machines.
#[derive(Debug, Serialize)]
struct Report<'p> {
    from: String,
    to: String,
    seconds: f64,
    #[serde(flatten)]
    proof: &'p Proof,
}

/// Copies, and answers whether both storages keep the same.
///
/// # Errors
/// As [`copy::copy`]; or a storage cannot be opened.
pub async fn run(args: &CopyArgs, config: &Config, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    let (from, to) = (url(&args.from)?, url(&args.to)?);
    if identity(&from) == identity(&to) {
        let problem = "it is the source itself; allowed: another storage";
        return Err(Mistakes::from(Mistake::about("TO", problem)).into());
    }
    let source = open(&from, config, Opener::Client).await?;
    let target = open(&to, config, Opener::Server).await?;
    let (begun, shown) = (Instant::now(), Shown::new());
    let ends = Ends::new(Arc::clone(&source), Arc::clone(&target), identity(&from))?;
    let copied = copy::copy(&ends, &shown).await;
    shown.end();
    target.close().await;
    source.close().await;
    let proof = copied?;
    let seconds = begun.elapsed().as_secs_f64();
    let (from, to) = (from.to_string(), to.to_string());
    print(&Report { from, to, seconds, proof: &proof }, output)?;
    Ok(if proof.same { Exit::Done } else { Exit::No })
}

/// A URL as it is given, or as a file holds it: passwords do not belong into a command line.
fn url(argument: &str) -> anyhow::Result<StorageUrl> {
    let Some(path) = argument.strip_prefix("file:") else { return Ok(StorageUrl::new(argument)) };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    Ok(StorageUrl::new(text.trim()))
}

async fn open(url: &StorageUrl, config: &Config, opener: Opener) -> anyhow::Result<Arc<dyn DlqStorage>> {
    storage::open(&Storage { url: Some(url.clone()), ..config.storage.clone() }, opener).await
}

fn print(report: &Report<'_>, output: &mut Output<'_>) -> std::io::Result<()> {
    if output.format != Format::Table {
        return output.json(report);
    }
    let rows = report.proof.compared.iter().map(|row| {
        let verdict = if row.same { "" } else { "DIFFERS" };
        [row.what.to_owned(), row.source.clone(), row.target.clone(), verdict.to_owned()]
    });
    output.table(&grid::titled(["", "SOURCE", "TARGET", ""], rows))?;
    output.line("")?;
    let differing = report.proof.compared.iter().filter(|row| !row.same).count();
    output.line(match differing {
        0 => format!("The same, in {:.1} s.", report.seconds),
        _ => format!("NOT the same: {differing} of these differ. A storage that is in use goes on changing."),
    })
}
