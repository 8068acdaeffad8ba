//! `dlq hold`, `release`, `skip`, `reopen` and `purge`: what a person decides over many records at once.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use clap::Args;
use dlq_core::record::{Change, DlqStatus, OperationId, TopicName};
use dlq_core::storage::{BulkOutcome, Decision, DecisionPreview, until_answered};
use dlq_core::{Clock, DlqStorage, DlqStorageExt, SystemClock};
use serde::Serialize;

use super::consent::{ChangeArgs, ConsentArgs};
use super::exit::Exit;
use super::select::SelectArgs;
use crate::config::Redrive;
use crate::output::{Format, Output, grid};

/// How long a change is repeated while the storage does not answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Who decides what over which records.
#[derive(Args, Clone, Debug)]
pub struct DecideArgs {
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    consent: ConsentArgs,
    #[command(flatten)]
    select: SelectArgs,
}

/// What a decision would do, as JSON.
#[derive(Serialize)]
struct PreviewView<'a> {
    decision: &'static str,
    records: u64,
    by_status: &'a BTreeMap<DlqStatus, u64>,
    by_topic: Vec<TopicView<'a>>,
    leased: u64,
    refused: &'a BTreeMap<DlqStatus, u64>,
}

#[derive(Serialize)]
struct TopicView<'a> {
    topic: Option<&'a TopicName>,
    records: u64,
}

/// What it did, as JSON.
#[derive(Serialize)]
struct OutcomeView {
    decision: &'static str,
    operation: OperationId,
    changed: u64,
    leased: u64,
    refused: u64,
}

/// Looks, asks where a person can answer, and carries it out. Nothing to change is a no.
///
/// # Errors
/// It is not said which records, nobody agreed, or the storage fails.
pub async fn run(
    decision: Decision,
    args: &DecideArgs,
    config: &Redrive,
    storage: &dyn DlqStorage,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    let criteria = args.select.criteria(decision.as_str(), now)?;
    let looked = decision.preview(storage, &criteria, now).await?;
    let records = looked.records();
    let is_last = records == 0 || args.consent.dry_run;
    show_preview(decision, &looked, is_last, output)?;
    if is_last {
        return Ok(if records == 0 { Exit::No } else { Exit::Done });
    }
    if is_asked(decision, records) && !args.consent.given(decision.as_str(), &question(decision, records))? {
        return Ok(Exit::No);
    }
    let change = args.change.change(config);
    let carry_out = || storage.decide(decision, &criteria, &change);
    let outcome = until_answered(PATIENCE, decision.as_str(), carry_out).await?;
    show_outcome(decision, &change, outcome, output)?;
    Ok(if outcome.changed == 0 { Exit::No } else { Exit::Done })
}

/// What cannot be taken back is always asked; what can, where a slip would touch more than one record.
const fn is_asked(decision: Decision, records: u64) -> bool {
    matches!(decision, Decision::Purge) || records > 1
}

fn question(decision: Decision, records: u64) -> String {
    match decision {
        Decision::Purge => format!("Purge {} for good, with content and history?", counted(records)),
        Decision::Hold => format!("Hold {}?", counted(records)),
        Decision::Release => format!("Release {}?", counted(records)),
        Decision::Skip => format!("Skip {}?", counted(records)),
        Decision::Reopen => format!("Reopen {}?", counted(records)),
    }
}

const fn done(decision: Decision) -> &'static str {
    match decision {
        Decision::Hold => "put on hold",
        Decision::Release => "released",
        Decision::Skip => "skipped",
        Decision::Reopen => "reopened",
        Decision::Purge => "purged",
    }
}

fn counted(records: u64) -> String {
    if records == 1 { "1 record".to_owned() } else { format!("{records} records") }
}

fn show_preview(
    decision: Decision,
    looked: &DecisionPreview,
    is_last: bool,
    output: &mut Output<'_>,
) -> std::io::Result<()> {
    if output.format != Format::Table {
        return if is_last { output.json(&PreviewView::of(decision, looked)) } else { Ok(()) };
    }
    if looked.records() > 0 {
        output.table(&tally("STATUS", &looked.by_status, DlqStatus::to_string))?;
        output.line("")?;
        output.table(&tally("TOPIC", &looked.by_topic, |topic| grid::or_dash(topic.as_ref())))?;
    }
    left_alone(looked.leased, "held by a worker", output)?;
    for (status, records) in &looked.refused {
        left_alone(*records, format_args!("{} is not for what is {status}", decision), output)?;
    }
    match looked.records() {
        0 => output.line(format_args!("no records to {decision}")),
        records if is_last => output.line(format_args!("{} would be {}", counted(records), done(decision))),
        _ => Ok(()),
    }
}

fn tally<K>(title: &str, counts: &BTreeMap<K, u64>, name: impl Fn(&K) -> String) -> comfy_table::Table {
    grid::titled([title, "RECORDS"], counts.iter().map(|(key, records)| [name(key), records.to_string()]))
}

fn left_alone(records: u64, why: impl Display, output: &mut Output<'_>) -> std::io::Result<()> {
    match records {
        0 => Ok(()),
        1 => output.line(format_args!("1 record is left alone: {why}")),
        more => output.line(format_args!("{more} records are left alone: {why}")),
    }
}

fn show_outcome(
    decision: Decision,
    change: &Change,
    outcome: BulkOutcome,
    output: &mut Output<'_>,
) -> std::io::Result<()> {
    let BulkOutcome { changed, leased, refused } = outcome;
    if output.format != Format::Table {
        let (decision, operation) = (decision.as_str(), change.operation);
        return output.json(&OutcomeView { decision, operation, changed, leased, refused });
    }
    left_alone(leased, "held by a worker", output)?;
    left_alone(refused, "their status changed meanwhile", output)?;
    output.line(format_args!("{} {}", counted(changed), done(decision)))
}

impl<'a> PreviewView<'a> {
    fn of(decision: Decision, looked: &'a DecisionPreview) -> Self {
        let topic = |(topic, records): (&'a Option<TopicName>, &u64)| TopicView {
            topic: topic.as_ref(),
            records: *records,
        };
        Self {
            decision: decision.as_str(),
            records: looked.records(),
            by_status: &looked.by_status,
            by_topic: looked.by_topic.iter().map(topic).collect(),
            leased: looked.leased,
            refused: &looked.refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_that_touches_many_or_destroys_is_asked_about() {
        for decision in [Decision::Hold, Decision::Release, Decision::Skip, Decision::Reopen] {
            assert!(!is_asked(decision, 1) && is_asked(decision, 2), "{decision}");
        }
        assert!(is_asked(Decision::Purge, 1));
        assert_eq!(question(Decision::Skip, 2), "Skip 2 records?");
    }
}
