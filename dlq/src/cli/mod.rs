//! The command line: one file for each verb.

pub mod account;
pub mod bench;
pub mod check;
pub mod completions;
pub mod consent;
pub mod copy;
pub mod decide;
pub mod demo;
pub mod exit;
pub mod export;
pub mod filter;
pub mod global;
pub mod groups;
pub mod healthcheck;
pub mod import;
pub mod list;
pub mod man;
pub mod quarantine;
pub mod redrive;
pub mod select;
pub mod serve;
pub mod show;
pub mod stats;
pub mod tail;

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser, Subcommand};
use dlq_core::DlqStorage;
use dlq_core::storage::Decision;

use crate::config::{Config, Mistake, Mistakes};
use crate::output::{Format, Output, text};
use crate::{logs, storage};
use exit::Exit;
use global::GlobalArgs;

/// Drains dead-letter topics of Kafka, and gives every message back: stored, searched, sent home, accounted for
#[derive(Parser, Clone, Debug)]
#[command(name = "dlq", version, after_help = exit::HELP, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    verb: Verb,
}

/// What to do.
#[derive(Subcommand, Clone, Debug)]
enum Verb {
    /// Capture dead letters until told to stop
    Serve(serve::ServeArgs),
    /// Ask a running server whether it is ready
    Healthcheck(healthcheck::HealthcheckArgs),
    /// List records
    List(Box<list::ListArgs>),
    /// Show everything about one record
    Show(show::ShowArgs),
    /// Count records that failed in the same way
    ///
    /// Those with the most open records come first. Exit code 3 if the group that is asked for is not there.
    Groups(groups::GroupsArgs),
    /// Count records by status, topic and type of failure
    ///
    /// Counters are read, so many records take no longer than few.
    Stats(stats::StatsArgs),
    /// Show what arrives and changes, as it does
    ///
    /// The latest changes come first, and then what follows, until SIGINT (Ctrl-C) or SIGTERM: exit code 0.
    Tail(Box<tail::TailArgs>),
    /// Send records back to their topics
    Redrive(Box<redrive::RedriveArgs>),
    /// Keep records back until they are released
    ///
    /// The reason is noted at the record, too. Pending, retrying and failed records can be held.
    Hold(Box<decide::DecideArgs>),
    /// Let records off hold: they are pending again
    Release(Box<decide::DecideArgs>),
    /// Decide that records are not needed
    ///
    /// They stay and can be reopened; no one sends them. Records that are not done can be skipped.
    Skip(Box<decide::DecideArgs>),
    /// Bring records back that were done: they are pending again
    ///
    /// What succeeded, expired or was skipped can be reopened.
    Reopen(Box<decide::DecideArgs>),
    /// Remove records for good, with content and history
    ///
    /// Records of any status can be purged. Nothing brings them back; `dlq export` beforehand keeps them.
    Purge(Box<decide::DecideArgs>),
    /// Write records as JSON lines
    ///
    /// Without ids and conditions all of them, the oldest first. Every byte and all progress are in them, and `dlq import`
    /// makes the same records of them; the history of changes is not.
    Export(Box<export::ExportArgs>),
    /// Store the records of an export
    ///
    /// Records that are there stay as they are, so that importing again, such as after an interruption, goes on where it
    /// ended. What is stored keeps its progress but no lease, and counts as imported.
    Import(import::ImportArgs),
    /// Move everything from one storage into another
    ///
    /// Records with their content, progress, version, history and deliveries, the books, the watermarks and the documents:
    /// afterwards the target is what the source was, and returns are recognised as before. The source has to be at rest:
    /// nobody captures into it, sends from it or changes it; a record that a worker holds is refused. The target has to be
    /// empty. Interrupted at any moment, the same command goes on where it was. In the end both are read back and
    /// compared, number by number and by a checksum over all records; exit code 3 if they differ. Once they did not, the
    /// same command only compares.
    Copy(copy::CopyArgs),
    /// List what the storage refused, or take it back
    Quarantine(quarantine::QuarantineArgs),
    /// Print the books: what arrived, and what became of it
    Account(account::AccountArgs),
    /// Explain the configuration, and whether it works
    Check(check::CheckArgs),
    /// Show the whole life of a dead letter in half a minute, with nothing installed
    ///
    /// A Kafka broker, a shop with failing consumers and, unless another is named, an SQLite storage run inside this
    /// process; no configuration is read. Exit code 3 if the books do not balance in the end, or something is missing.
    Demo(demo::DemoArgs),
    /// Measure this build on this machine, beside a bare program
    Bench(bench::BenchArgs),
    /// Print a script that lets a shell complete our words
    Completions(completions::CompletionsArgs),
    /// Write manual pages
    Man(man::ManArgs),
}

impl Verb {
    /// Whether the verb answers a list, which can be written as CSV.
    const fn lists(&self) -> bool {
        match self {
            Self::Quarantine(args) => args.lists(),
            Self::List(_) | Self::Groups(_) | Self::Stats(_) | Self::Tail(_) | Self::Export(_) => true,
            _ => false,
        }
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut stdout = anstream::stdout().lock();
    let mut output = Output { format: cli.global.output, to: &mut stdout };
    let answer = runtime().and_then(|runtime| runtime.block_on(cli.run(&mut output)));
    let exit = answer.and_then(|exit| Ok(output.to.flush().map(|()| exit)?)).unwrap_or_else(|error| {
        let exit = Exit::of(&error);
        if exit != Exit::Done {
            anstream::eprintln!("error: {}", text::block(&format!("{error:#}")));
        }
        exit
    });
    exit.into()
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

impl Cli {
    /// Runs the verb, and answers what the process is to answer.
    async fn run(&self, output: &mut Output<'_>) -> anyhow::Result<Exit> {
        if output.format == Format::Csv && !self.verb.lists() {
            let problem = "this verb lists nothing; allowed: table, json, jsonl, or list, groups, stats, tail, quarantine list";
            return Err(Mistakes::from(Mistake::about("--output csv", problem)).into());
        }
        match &self.verb {
            Verb::Completions(args) => Ok(completions::run(*args, Self::command(), output)),
            Verb::Man(args) => man::run(args, Self::command(), output),
            Verb::Check(args) => check::run(args, &self.global, output).await,
            Verb::Demo(args) => demo::run(args, &self.global, output).await,
            Verb::Bench(args) => bench::run(args, &self.global, output).await,
            Verb::Serve(args) => serve::run(args, &self.global).await,
            Verb::Healthcheck(args) => healthcheck::run(args, &self.global, output).await,
            Verb::Redrive(args) => {
                let (config, storage) = self.open().await?;
                redrive::run(args, &config, storage, output).await
            }
            Verb::List(args) => list::run(args, &*self.storage().await?, output).await,
            Verb::Show(args) => show::run(args, &*self.storage().await?, output).await,
            Verb::Groups(args) => groups::run(args, &*self.storage().await?, output).await,
            Verb::Stats(args) => stats::run(*args, &*self.storage().await?, output).await,
            Verb::Tail(args) => tail::run(args, &*self.storage().await?, output).await,
            Verb::Export(args) => export::run(args, &*self.storage().await?, output).await,
            Verb::Import(args) => import::run(args, &*self.storage().await?, output).await,
            Verb::Copy(args) => copy::run(args, &self.configured()?, output).await,
            Verb::Quarantine(args) => quarantine::run(args, &self.configured()?, output).await,
            Verb::Hold(args) => self.decide(Decision::Hold, args, output).await,
            Verb::Release(args) => self.decide(Decision::Release, args, output).await,
            Verb::Skip(args) => self.decide(Decision::Skip, args, output).await,
            Verb::Reopen(args) => self.decide(Decision::Reopen, args, output).await,
            Verb::Purge(args) => self.decide(Decision::Purge, args, output).await,
            Verb::Account(args) => {
                let (config, storage) = self.open().await?;
                account::run(args, &config, storage, output).await
            }
        }
    }

    async fn decide(
        &self,
        decision: Decision,
        args: &decide::DecideArgs,
        output: &mut Output<'_>,
    ) -> anyhow::Result<Exit> {
        let (config, storage) = self.open().await?;
        decide::run(decision, args, &config.redrive, &*storage, output).await
    }

    async fn storage(&self) -> anyhow::Result<Arc<dyn DlqStorage>> {
        Ok(self.open().await?.1)
    }

    /// Reads the configuration, and starts the logs.
    fn configured(&self) -> anyhow::Result<Config> {
        let config = Config::load(&self.global.sources())?.config;
        logs::start(&config.log);
        Ok(config)
    }

    /// Reads the configuration, starts the logs, and opens the storage as a client.
    async fn open(&self) -> anyhow::Result<(Config, Arc<dyn DlqStorage>)> {
        let config = self.configured()?;
        let storage = storage::open(&config.storage, storage::Opener::Client).await?;
        Ok((config, storage))
    }
}
