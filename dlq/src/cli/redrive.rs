//! `dlq redrive`: records go home.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use dlq_core::record::{Change, RecordId, TopicName, WorkerId};
use dlq_core::redrive::{self, Preview, RedrivePlan, RedriveReport, RedriveSelect, RedriveStopped, preview};
use dlq_core::storage::{LaneOrder, QueryCriteria};
use dlq_core::{Clock, DlqStorage, Observers, SystemClock, Timestamp};
use dlq_kafka::sink::KafkaSink;
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
use super::filter::FilterArgs;
use crate::config::{Config, Mistake, Mistakes, Redrive};
use crate::kafka;
use crate::output::{Format, Output, grid};
use crate::serve::on_signal;

/// Sends records back to their topics, or to another; previews first, and asks whoever sits at a terminal
#[derive(Args, Clone, Debug)]
pub struct RedriveArgs {
    /// The records; without any, those that meet the conditions
    pub ids: Vec<RecordId>,

    /// Every record that may be sent: needed where neither ids nor conditions are given
    #[arg(long)]
    pub all: bool,

    /// The topic to which they go, in place of each record's own
    #[arg(long, value_name = "TOPIC")]
    pub target_topic: Option<TopicName>,

    /// Whether records of one key keep their order
    #[arg(long, value_enum, default_value_t)]
    pub order: OrderArg,

    /// How many records at most
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,

    /// How many records a second at most
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,

    /// Send without asking, also where an origin is only guessed
    #[arg(long, short, conflicts_with = "dry_run")]
    pub yes: bool,

    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Who sends them, for the records' history; redrive.actor of the configuration if not given
    #[arg(long, value_name = "WHO")]
    pub actor: Option<String>,

    /// Why, for the records' history
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// The conditions
    #[command(flatten)]
    pub filter: FilterArgs,
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
    /// Which records are meant, seen from `now`: these ids, and of them those that meet the conditions.
    ///
    /// # Errors
    /// Neither ids nor conditions are given, and `--all` is not given either.
    pub fn criteria(&self, now: Timestamp) -> Result<QueryCriteria, Mistakes> {
        if self.ids.is_empty() && self.filter.is_empty() && !self.all {
            let problem =
                "which records? allowed: ids, at least one condition such as --topic orders, or --all";
            return Err(Mistake::about("dlq redrive", problem).into());
        }
        let ids = (!self.ids.is_empty()).then(|| self.ids.clone());
        Ok(QueryCriteria { ids, limit: self.limit, ..self.filter.criteria(now) })
    }

    /// What is to be sent, and how.
    ///
    /// # Errors
    /// It is not said which records are meant.
    pub fn plan(&self, config: &Redrive, now: Timestamp) -> Result<RedrivePlan, Mistakes> {
        let select = RedriveSelect::Matching(Box::new(self.criteria(now)?));
        let worker = WorkerId(format!("redrive-{}", uuid::Uuid::new_v4().simple()));
        Ok(RedrivePlan {
            target: self.target_topic.clone(),
            order: self.order.into(),
            batch: usize::try_from(config.batch_size).unwrap_or(usize::MAX),
            lease: config.lease.0,
            rate: self.rate,
            limit: self.limit,
            confirmed: self.yes,
            ..RedrivePlan::new(select, worker, self.change(config))
        })
    }

    /// Who sends them, and why.
    #[must_use]
    pub fn change(&self, config: &Redrive) -> Change {
        let change = Change::by(self.actor.as_ref().unwrap_or(&config.actor));
        Change { reason: self.reason.clone(), ..change }
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
    show_preview(&looked, args.dry_run, output)?;
    if looked.records() == 0 {
        return Ok(Exit::No);
    }
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if let Some(missing) = config.missing_brokers() {
        return Err(Mistakes(vec![missing]).into());
    }
    if looked.guessed > 0 && !plan.confirmed {
        return Err(Mistakes(vec![Mistake::about("dlq redrive", unconfirmed(looked.guessed))]).into());
    }
    if !plan.confirmed && !confirmed(looked.records())? {
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
    format!("the origin of {guessed} records is only guessed from their topic's name; --yes confirms it")
}

/// Asks the person at the terminal; a script is taken at its word.
fn confirmed(records: u64) -> std::io::Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Ok(true);
    }
    anstream::eprint!("Send {records} records? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        redrive: RedriveArgs,
    }

    fn criteria(line: &str) -> Result<QueryCriteria, Mistakes> {
        let words = std::iter::once("dlq").chain(line.split_whitespace());
        Line::try_parse_from(words).unwrap().redrive.criteria(Timestamp::from_millis(0))
    }

    #[test]
    fn everything_is_sent_only_on_request() {
        assert!(criteria("").unwrap_err().to_string().contains("or --all"));
        assert_eq!(criteria("--all").unwrap(), QueryCriteria::default());
        assert_eq!(criteria("--topic orders --limit 5").unwrap().limit, Some(5));
    }

    #[test]
    fn ids_and_conditions_both_hold() {
        let id = "018bcfe5-69f4-8ae6-ad8e-69d0d2f6ba19";
        let criteria = criteria(&format!("{id} --tag vip")).unwrap();
        assert_eq!(criteria.ids, Some(vec![id.parse().unwrap()]));
        assert_eq!(criteria.tag.as_deref(), Some("vip"));
    }

    #[test]
    fn the_actor_is_the_flag_or_the_configuration() {
        let config = crate::config::Config::load(&crate::config::Sources::default()).unwrap().config.redrive;
        let change = |line: &[&str]| Line::try_parse_from(line).unwrap().redrive.change(&config);
        assert_eq!(change(&["dlq"]).actor, "operator");
        let named = change(&["dlq", "--actor", "anna", "--reason", "fixed"]);
        assert_eq!((named.actor.as_str(), named.reason.as_deref()), ("anna", Some("fixed")));
    }
}
