//! `dlq redrive`: records go home.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use dlq_core::record::{TopicName, WorkerId};
use dlq_core::redrive::{self, Preview, RedrivePlan, RedriveReport, RedriveSelect, RedriveStopped, preview};
use dlq_core::storage::LaneOrder;
use dlq_core::{Clock, DlqStorage, Observers, SystemClock, Timestamp};
use dlq_kafka::sink::KafkaSink;
use tokio_util::sync::CancellationToken;

use super::consent::{ChangeArgs, ConsentArgs};
use super::exit::Exit;
use super::select::SelectArgs;
use crate::config::{Config, Mistake, Mistakes, Redrive};
use crate::kafka;
use crate::output::{Format, Output, grid};
use crate::serve::on_signal;

/// Sends records back to their topics, or to another; previews first, and asks whoever sits at a terminal
#[derive(Args, Clone, Debug)]
pub struct RedriveArgs {
    /// The topic to which they go, in place of each record's own
    #[arg(long, value_name = "TOPIC")]
    pub target_topic: Option<TopicName>,

    /// Whether records of one key keep their order
    #[arg(long, value_enum, default_value_t)]
    pub order: OrderArg,

    /// How many records a second at most
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,

    /// Send also where an origin is only guessed from its dead-letter topic's name
    #[arg(long)]
    pub guessed: bool,

    /// Who wants it, and why
    #[command(flatten)]
    pub change: ChangeArgs,

    /// Whether a person agrees
    #[command(flatten)]
    pub consent: ConsentArgs,

    /// The records
    #[command(flatten)]
    pub select: SelectArgs,
}

/// Whether records of one lane (same origin topic, partition and key) keep their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OrderArg {
    /// Any order: the fastest
    #[default]
    Any,
    /// Records with the same key go in their original order, and wait for the first that is not done
    Key,
}

impl From<OrderArg> for LaneOrder {
    fn from(order: OrderArg) -> Self {
        match order {
            OrderArg::Any => Self::Any,
            OrderArg::Key => Self::Keyed,
        }
    }
}

impl RedriveArgs {
    /// What is to be sent, and how.
    ///
    /// # Errors
    /// It is not said which records are meant.
    pub fn plan(&self, config: &Redrive, now: Timestamp) -> Result<RedrivePlan, Mistakes> {
        let select = RedriveSelect::Matching(Box::new(self.select.criteria("redrive", now)?));
        let worker = WorkerId(format!("redrive-{}", uuid::Uuid::new_v4().simple()));
        Ok(RedrivePlan {
            target: self.target_topic.clone(),
            order: self.order.into(),
            batch: usize::try_from(config.batch_size).unwrap_or(usize::MAX),
            lease: config.lease.0,
            rate: self.rate,
            limit: self.select.limit,
            confirmed: self.guessed,
            ..RedrivePlan::new(select, worker, self.change.change(config))
        })
    }
}

/// Previews, asks where a person can answer, and carries it out.
///
/// # Errors
/// The arguments or the configuration make no sense, or storage or Kafka fail.
pub async fn run(
    args: &RedriveArgs,
    config: &Config,
    storage: Arc<dyn DlqStorage>,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    let plan = args.plan(&config.redrive, now)?;
    let looked = preview(&*storage, &plan, now).await?;
    show_preview(&looked, args.consent.dry_run, output)?;
    if looked.records() == 0 {
        tracing::info!("nothing is sent: no record that is there and may be sent was asked for");
        return Ok(Exit::No);
    }
    if args.consent.dry_run {
        return Ok(Exit::Done);
    }
    if let Some(missing) = config.missing_brokers() {
        return Err(Mistakes(vec![missing]).into());
    }
    if looked.guessed > 0 && !plan.confirmed {
        return Err(Mistakes(vec![Mistake::about("dlq redrive", unconfirmed(looked.guessed))]).into());
    }
    if !args.consent.given("redrive", &format!("Send {} records?", looked.records()))? {
        return Ok(Exit::No);
    }
    let report = match send(config, &plan, storage).await? {
        Ok(report) => report,
        Err(stopped) => {
            show_report(&stopped.report, output)?;
            return Err(stopped.into());
        }
    };
    show_report(&report, output)?;
    Ok(if went_well(&report, &looked) { Exit::Done } else { Exit::Failed })
}

/// More may have gone home than was seen before: dead letters are captured meanwhile, and leases run out.
fn went_well(report: &RedriveReport, looked: &Preview) -> bool {
    report.refused + report.unknown + report.unsettled == 0 && report.delivered >= looked.records()
}

async fn send(
    config: &Config,
    plan: &RedrivePlan,
    storage: Arc<dyn DlqStorage>,
) -> anyhow::Result<Result<RedriveReport, RedriveStopped>> {
    let stop = CancellationToken::new();
    on_signal(stop.clone())?;
    let sink = KafkaSink::new(kafka::sink(config, &plan.change.actor), Arc::new(SystemClock))?;
    Ok(redrive::Redrive::new(storage, Arc::new(sink), Observers::default()).run(plan, &stop).await)
}

fn unconfirmed(guessed: u64) -> String {
    format!(
        "the origin of {guessed} records is only guessed from their topic's name; --guessed sends them all the same"
    )
}

fn show_preview(looked: &Preview, only: bool, output: &mut Output<'_>) -> std::io::Result<()> {
    if output.format != Format::Table {
        return if only { output.json(looked) } else { Ok(()) };
    }
    let rows = looked.targets.iter().map(|(topic, records)| [topic.to_string(), records.to_string()]);
    output.line(grid::titled(["TO TOPIC", "RECORDS"], rows))?;
    let asides = [
        (looked.guessed, "of them go where their origin is only guessed"),
        (looked.nowhere, "cannot be sent: their origin is unknown, and --target-topic names none"),
        (looked.not_retryable, "are left alone: held by a worker, on hold, or done"),
    ];
    for (records, what) in asides.into_iter().filter(|(records, _)| *records > 0) {
        output.line(format!("{records} {what}"))?;
    }
    Ok(())
}

fn show_report(report: &RedriveReport, output: &mut Output<'_>) -> std::io::Result<()> {
    if output.format != Format::Table {
        return output.json(report);
    }
    let RedriveReport { delivered, refused, unknown, not_sent, unsettled } = report;
    output.line(format!("{delivered} went home."))?;
    let asides = [
        (refused, "were refused by their target; their history says why"),
        (unknown, "may or may not have arrived; they are sent again under the same redrive id"),
        (not_sent, "were not sent: their origin is unknown or not confirmed"),
        (unsettled, "were sent, and the storage did not take the outcome: their lease runs out"),
    ];
    for (records, what) in asides.into_iter().filter(|(records, _)| **records > 0) {
        output.line(format!("{records} {what}."))?;
    }
    Ok(())
}
