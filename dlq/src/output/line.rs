//! A record on one line.

use dlq_core::record::{DlqRecord, FailureSummary};

use super::{grid, moment, text};

/// How much of a failure's text is shown in a line.
const FAILURE_CHARS: usize = 80;

/// The titles of [`cells`].
pub const TITLES: [&str; 13] = [
    "id",
    "status",
    "topic",
    "partition",
    "offset",
    "type",
    "class",
    "root_cause_class",
    "message",
    "fingerprint",
    "retries",
    "created_at",
    "updated_at",
];

/// A record for a machine: every value in full, and nothing for what is not known.
#[must_use]
pub fn cells(record: &DlqRecord) -> [String; 13] {
    let (origin, progress, failure) = (&record.captured.origin, &record.progress, record.failure());
    let known = |text: Option<&str>| text.unwrap_or_default().to_owned();
    [
        record.id.to_string(),
        progress.status.to_string(),
        known(record.captured.topic().map(|topic| topic.as_str())),
        origin.partition.map_or_else(String::new, |partition| partition.to_string()),
        origin.offset.map_or_else(String::new, |offset| offset.to_string()),
        failure.error_type.to_string(),
        known(failure.class.as_deref()),
        known(failure.root_class.as_deref()),
        known(failure.message.as_deref()),
        failure.fingerprint.to_string(),
        progress.retry_count.to_string(),
        moment::shown(progress.created_at),
        moment::shown(progress.updated_at),
    ]
}

/// A record for a person who watches records go by.
#[must_use]
pub fn passing(record: &DlqRecord) -> String {
    let changed = moment::shown(record.progress.updated_at);
    let (status, topic) = (record.progress.status, grid::or_dash(record.captured.topic()));
    format!("{changed:<24}  {status:<8}  {topic}  {}  {}", record.id, failure(&record.failure()))
}

/// What failed, in few words: class and message, or what kind of failure it is.
#[must_use]
pub fn failure(failure: &FailureSummary<'_>) -> String {
    told(failure.class.as_deref(), failure)
}

/// The same of the cause at the bottom.
#[must_use]
pub fn root_failure(failure: &FailureSummary<'_>) -> String {
    told(failure.root_class.as_deref().or(failure.class.as_deref()), failure)
}

fn told(class: Option<&str>, failure: &FailureSummary<'_>) -> String {
    let class = class.map(|class| class.rsplit('.').next().unwrap_or(class));
    let parts: Vec<_> = class.into_iter().chain(failure.message.as_deref()).collect();
    let told = if parts.is_empty() { failure.error_type.as_str().to_owned() } else { parts.join(": ") };
    text::short(&told, FAILURE_CHARS)
}
