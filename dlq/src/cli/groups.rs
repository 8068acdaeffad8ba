//! `dlq groups`: the records that failed in the same way, counted together.

use std::collections::BTreeMap;

use clap::Args;
use comfy_table::ColumnConstraint;
use dlq_core::record::{DlqStatus, ErrorType, Fingerprint, RecordId, TopicName};
use dlq_core::storage::{DlqStorage, DlqStorageExt, FailureGroup};
use dlq_core::{DlqRecord, Timestamp};
use serde::Serialize;

use super::exit::Exit;
use crate::output::{Format, Output, grid, line, moment};

/// Which groups are counted.
#[derive(Args, Clone, Debug)]
pub struct GroupsArgs {
    /// This group alone
    fingerprint: Option<Fingerprint>,

    /// Groups of this topic: the origin's, or the dead-letter topic where that is unknown
    #[arg(long, value_delimiter = ',')]
    topic: Vec<TopicName>,

    /// Groups of this type of failure, such as transient_network
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    error_type: Vec<ErrorType>,

    /// Groups that have records of this status
    #[arg(long, value_delimiter = ',')]
    status: Vec<DlqStatus>,

    /// How many groups at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
}

/// A group as JSON. Topic, type and texts are its sample's, null where that is gone.
#[derive(Serialize)]
struct GroupView<'a> {
    fingerprint: Fingerprint,
    records: u64,
    open: u64,
    by_status: BTreeMap<DlqStatus, u64>,
    topic: Option<&'a TopicName>,
    #[serde(rename = "type")]
    error_type: Option<ErrorType>,
    class: Option<String>,
    root_cause_class: Option<String>,
    message: Option<String>,
    first_seen: Timestamp,
    last_seen: Timestamp,
    sample: Option<RecordId>,
}

#[derive(Serialize)]
struct GroupsView<'a> {
    groups: Vec<GroupView<'a>>,
    more: usize,
}

const TITLES: [&str; 11] = [
    "fingerprint",
    "records",
    "open",
    "topic",
    "type",
    "class",
    "root_cause_class",
    "message",
    "first_seen",
    "last_seen",
    "sample",
];

/// Lists the groups, or shows the one.
///
/// # Errors
/// The storage cannot be read, or the result not be written.
pub async fn run(
    args: &GroupsArgs,
    storage: &dyn DlqStorage,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let mut groups = storage.groups().await?;
    groups.retain(|group| args.means(group));
    if let Some(fingerprint) = args.fingerprint {
        let Some(group) = groups.first() else {
            tracing::error!(%fingerprint, "there is no such group");
            return Ok(Exit::No);
        };
        show(group, output)?;
        return Ok(Exit::Done);
    }
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let more = groups.len().saturating_sub(limit);
    groups.truncate(limit);
    list(&groups, more, output)?;
    Ok(Exit::Done)
}

impl GroupsArgs {
    fn means(&self, group: &FailureGroup) -> bool {
        let topic = group.sample.as_ref().and_then(|sample| sample.captured.topic());
        let error_type = group.sample.as_ref().map(|sample| sample.failure().error_type);
        self.fingerprint.is_none_or(|wanted| wanted == group.fingerprint)
            && (self.topic.is_empty() || topic.is_some_and(|topic| self.topic.contains(topic)))
            && (self.error_type.is_empty() || error_type.is_some_and(|is| self.error_type.contains(&is)))
            && (self.status.is_empty()
                || self.status.iter().any(|status| group.tally.with_status(*status) > 0))
    }
}

fn list(groups: &[FailureGroup], more: usize, output: &mut Output<'_>) -> std::io::Result<()> {
    let views = groups.iter().map(GroupView::of);
    match output.format {
        Format::Table => table(groups, more, output),
        Format::Json => output.json(&GroupsView { groups: views.collect(), more }),
        Format::Jsonl => views.into_iter().try_for_each(|view| output.json(&view)),
        Format::Csv => {
            output.csv([TITLES])?;
            output.csv(views.map(GroupView::cells))
        }
    }
}

fn table(groups: &[FailureGroup], more: usize, output: &mut Output<'_>) -> std::io::Result<()> {
    if groups.is_empty() {
        return output.line("no groups match");
    }
    let titles = ["FINGERPRINT", "OPEN", "ALL", "TOPIC", "FAILURE", "FIRST SEEN", "LAST SEEN", "SAMPLE"];
    let mut table = grid::titled(titles, groups.iter().map(row));
    for column in [0, 7] {
        if let Some(names) = table.column_mut(column) {
            names.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    output.table(&table)?;
    let count = if groups.len() == 1 { "1 group".to_owned() } else { format!("{} groups", groups.len()) };
    match more {
        0 => output.line(count),
        more => output.line(format_args!("{count}; {more} more with a higher --limit")),
    }
}

fn row(group: &FailureGroup) -> [String; 8] {
    let sample = group.sample.as_ref();
    [
        group.fingerprint.to_string(),
        group.open().to_string(),
        group.tally.total().to_string(),
        grid::or_dash(sample.and_then(|sample| sample.captured.topic())),
        grid::or_dash(sample.map(|sample| line::root_failure(&sample.failure()))),
        moment::shown(group.tally.first_seen),
        moment::shown(group.tally.last_seen),
        grid::or_dash(sample.map(|sample| sample.id)),
    ]
}

fn show(group: &FailureGroup, output: &mut Output<'_>) -> std::io::Result<()> {
    if output.format == Format::Csv {
        return list(std::slice::from_ref(group), 0, output);
    }
    let view = GroupView::of(group);
    if output.format != Format::Table {
        return output.json(&view);
    }
    let statuses = view.by_status.iter().map(|(status, records)| format!("{records} {status}"));
    output.table(&grid::facts([
        ("Group", Some(view.fingerprint.to_string())),
        ("Records", Some(format!("{}: {}", view.records, statuses.collect::<Vec<_>>().join(", ")))),
        ("Topic", view.topic.map(ToString::to_string)),
        ("Type", view.error_type.map(|kind| kind.to_string())),
        ("Class", view.class),
        ("Root cause", view.root_cause_class),
        ("Message", view.message),
        ("First seen", Some(moment::shown(view.first_seen))),
        ("Last seen", Some(moment::shown(view.last_seen))),
        ("Sample", view.sample.map(|sample| sample.to_string())),
    ]))?;
    output.line("")?;
    output.line(format_args!("Its records: dlq list --fingerprint {}", group.fingerprint))
}

impl<'a> GroupView<'a> {
    fn of(group: &'a FailureGroup) -> Self {
        let sample = group.sample.as_ref();
        let failure = sample.map(DlqRecord::failure).unwrap_or_default();
        let counts = DlqStatus::ALL.map(|status| (status, group.tally.with_status(status)));
        Self {
            fingerprint: group.fingerprint,
            records: group.tally.total(),
            open: group.open(),
            by_status: counts.into_iter().filter(|(_, records)| *records > 0).collect(),
            topic: sample.and_then(|sample| sample.captured.topic()),
            error_type: sample.map(|_| failure.error_type),
            class: failure.class.map(Into::into),
            root_cause_class: failure.root_class.map(Into::into),
            message: failure.message.map(Into::into),
            first_seen: group.tally.first_seen,
            last_seen: group.tally.last_seen,
            sample: sample.map(|sample| sample.id),
        }
    }

    fn cells(self) -> [String; 11] {
        let known = |text: Option<String>| text.unwrap_or_default();
        [
            self.fingerprint.to_string(),
            self.records.to_string(),
            self.open.to_string(),
            known(self.topic.map(ToString::to_string)),
            known(self.error_type.map(|kind| kind.to_string())),
            known(self.class),
            known(self.root_cause_class),
            known(self.message),
            moment::shown(self.first_seen),
            moment::shown(self.last_seen),
            known(self.sample.map(|sample| sample.to_string())),
        ]
    }
}
