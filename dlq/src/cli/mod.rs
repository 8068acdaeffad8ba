//! The command line: one file for each verb.

pub mod account;
pub mod bench;
pub mod check;
pub mod demo;
pub mod exit;
pub mod filter;
pub mod global;
pub mod healthcheck;
pub mod list;
pub mod redrive;
pub mod serve;
pub mod show;

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use dlq_core::DlqStorage;

use crate::config::Config;
use crate::output::{Output, text};
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
    /// Send records back to their topics
    Redrive(Box<redrive::RedriveArgs>),
    /// Print the books: what arrived, and what became of it
    Account(account::AccountArgs),
    /// Explain the configuration, and whether it works
    Check(check::CheckArgs),
    /// Show the whole life of a dead letter in half a minute, with nothing installed
    ///
    /// A Kafka broker, a shop with failing consumers and an SQLite storage run inside this process; no configuration is
    /// read. Exit code 3 if the books do not balance in the end, or something is missing.
    Demo(demo::DemoArgs),
    /// Measure this build on this machine, beside a bare program
    Bench(bench::BenchArgs),
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
        match &self.verb {
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
            Verb::Account(args) => {
                let (config, storage) = self.open().await?;
                account::run(args, &config, storage, output).await
            }
        }
    }

    async fn storage(&self) -> anyhow::Result<Arc<dyn DlqStorage>> {
        Ok(self.open().await?.1)
    }

    /// Reads the configuration, starts the logs, and opens the storage as a client.
    async fn open(&self) -> anyhow::Result<(Config, Arc<dyn DlqStorage>)> {
        let config = Config::load(&self.global.sources())?.config;
        logs::start(&config.log);
        let storage = storage::open(&config.storage, storage::Opener::Client).await?;
        Ok((config, storage))
    }
}
