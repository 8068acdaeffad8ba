//! `dlq import`: records from an export, with their progress. Importing again changes nothing.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use dlq_core::storage::{SaveOutcome, until_answered};
use dlq_core::{DlqRecord, DlqStorage, DlqStorageExt};
use serde::Serialize;

use super::exit::Exit;
use crate::output::{Format, Output};

/// How many records are stored together, at most.
const BATCH: usize = 500;
/// How many bytes of records wait to be stored together, about.
const BATCH_BYTES: usize = 8 << 20;
/// The longest line, in bytes, so that a file which is no export does not fill the memory.
const LINE_BYTES_MAX: usize = 512 << 20;
/// How long a batch is written again while the storage does not answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is imported, and what is done about lines that cannot be.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    /// The file that dlq export wrote; - is standard input
    #[arg(value_name = "FILE")]
    from: PathBuf,

    /// Go on after a line that cannot be imported; exit code 1 in the end
    #[arg(long)]
    keep_going: bool,

    /// Read every line and tell what is wrong, and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Report {
    /// Records that were stored, or would be stored by a dry run if they are not there.
    imported: u64,
    /// Records that were there already.
    already_there: u64,
    /// Lines that hold no record, or one that the storage refused.
    refused: u64,
}

/// Imports a file, line by line.
///
/// # Errors
/// The file cannot be read, a line cannot be imported, or the storage fails. Lines before are imported.
pub async fn run(
    args: &ImportArgs,
    storage: &dyn DlqStorage,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let lines: Box<dyn BufRead> = match args.from.as_os_str() == "-" {
        true => Box::new(BufReader::new(io::stdin())),
        false => {
            let file = File::open(&args.from);
            Box::new(BufReader::new(file.with_context(|| format!("cannot read {}", args.from.display()))?))
        }
    };
    let mut import = Import::new(args, storage);
    let done = import.all(lines).await;
    report(import.report, args.dry_run, output)?;
    done?;
    Ok(if import.report.refused == 0 { Exit::Done } else { Exit::Failed })
}

fn report(report: Report, is_dry: bool, output: &mut Output<'_>) -> io::Result<()> {
    if output.format != Format::Table {
        return output.json(&report);
    }
    let Report { imported, already_there, refused } = report;
    let stored = if is_dry { "can be imported" } else { "imported" };
    output.line(format_args!("{imported} {stored}, {already_there} were there already, {refused} refused"))
}

/// An import on its way: what waits to be stored, and what became of the rest.
struct Import<'a> {
    args: &'a ImportArgs,
    storage: &'a dyn DlqStorage,
    batch: Vec<(u64, DlqRecord)>,
    batch_bytes: usize,
    report: Report,
}

impl<'a> Import<'a> {
    fn new(args: &'a ImportArgs, storage: &'a dyn DlqStorage) -> Self {
        Self { args, storage, batch: Vec::new(), batch_bytes: 0, report: Report::default() }
    }

    async fn all(&mut self, mut lines: impl BufRead) -> anyhow::Result<()> {
        let (mut line, mut number) = (Vec::new(), 0);
        while read_line(&mut lines, &mut line)? {
            number += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            match record(&line) {
                Ok(record) => self.take(number, record).await?,
                Err(problem) => {
                    if !self.args.keep_going {
                        self.store().await?;
                    }
                    self.refuse(number, &problem)?;
                }
            }
        }
        self.store().await
    }

    async fn take(&mut self, number: u64, record: DlqRecord) -> anyhow::Result<()> {
        if self.args.dry_run {
            self.report.imported += 1;
            return Ok(());
        }
        self.batch_bytes += record.weight();
        self.batch.push((number, record));
        let largest = self.storage.capability().largest_batch.min(BATCH);
        if self.batch.len() >= largest || self.batch_bytes >= BATCH_BYTES {
            self.store().await
        } else {
            Ok(())
        }
    }

    /// Stores what waits, again and again until the storage answers.
    async fn store(&mut self) -> anyhow::Result<()> {
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let records = || batch.iter().map(|(_, record)| record.clone()).collect();
        let storage = self.storage;
        let answers = until_answered(PATIENCE, "import", || storage.import(records())).await?;
        let mut refused = Vec::new();
        for ((number, record), answer) in batch.iter().zip(answers) {
            match answer {
                Ok(SaveOutcome::Stored { .. } | SaveOutcome::Returned { .. }) => self.report.imported += 1,
                Ok(SaveOutcome::AlreadyThere) => self.report.already_there += 1,
                Err(error) => refused.push((*number, format!("record {}: {error}", record.id))),
            }
        }
        refused.iter().try_for_each(|(number, problem)| self.refuse(*number, problem))
    }

    /// Counts a line that cannot be imported, and stops there unless told to go on.
    fn refuse(&mut self, number: u64, problem: &str) -> anyhow::Result<()> {
        self.report.refused += 1;
        if !self.args.keep_going {
            bail!("line {number}: {problem}; --keep-going passes over such lines");
        }
        tracing::error!(line = number, problem, "a line cannot be imported");
        Ok(())
    }
}

/// Reads the next line; answers whether there was one.
fn read_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> anyhow::Result<bool> {
    line.clear();
    let read = io::Read::take(lines, LINE_BYTES_MAX as u64 + 1).read_until(b'\n', line)?;
    if read > LINE_BYTES_MAX {
        bail!("a line of more than {LINE_BYTES_MAX} bytes: this is no file that dlq export wrote");
    }
    Ok(read > 0)
}

fn record(line: &[u8]) -> Result<DlqRecord, String> {
    let text = std::str::from_utf8(line).map_err(|error| format!("it is not UTF-8: {error}"))?;
    DlqRecord::from_json(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
