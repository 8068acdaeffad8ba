//! A record's whole story, for a person who reads it in the middle of the night: what failed first, then where, then
//! what was in it, then what was done.

use std::io;

use dlq_core::Timestamp;
use dlq_core::record::{
    Attempt, Body, Content, DlqRecord, Header, HistoryEntry, HopRef, Lease, Origin, PartitionId, TopicName,
};

use super::{Output, grid, moment, text};

/// How much is shown of each part.
struct Limits {
    payload_bytes: usize,
    value_bytes: usize,
    trace_lines: usize,
}

const PREVIEW: Limits = Limits { payload_bytes: 2_048, value_bytes: 120, trace_lines: 15 };
const FULL: Limits = Limits { payload_bytes: usize::MAX, value_bytes: usize::MAX, trace_lines: usize::MAX };

/// Tells the story of a record; `full` to the end of every text.
///
/// # Errors
/// It cannot be written.
pub fn tell(
    record: &DlqRecord,
    history: &[HistoryEntry],
    full: bool,
    output: &mut Output<'_>,
) -> io::Result<()> {
    let limits = if full { FULL } else { PREVIEW };
    summary(record, output)?;
    failure(record, &limits, output)?;
    places(record, output)?;
    if let Some(content) = &record.captured.content {
        message(content, &limits, output)?;
    }
    attempt(record.progress.attempt.as_ref(), record.progress.lease.as_ref(), output)?;
    changes(history, output)
}

fn summary(record: &DlqRecord, output: &mut Output<'_>) -> io::Result<()> {
    let (progress, notes) = (&record.progress, &record.progress.notes);
    output.table(&grid::facts([
        ("Record", Some(record.id.to_string())),
        ("Status", Some(progress.status.to_string())),
        ("On hold for", notes.hold_reason.clone()),
        ("Next attempt", time(progress.due_at)),
        ("Attempts ended", Some(progress.retry_count.to_string())),
        ("Last ended", time(progress.last_retry_at)),
        ("Expires", time(progress.expires_at)),
        ("Captured", time(Some(progress.created_at))),
        ("Changed", Some(format!("{} (version {})", moment::shown(progress.updated_at), record.version))),
        ("Tags", joined(&notes.tags)),
        ("Related", joined(&notes.related)),
    ]))
}

fn failure(record: &DlqRecord, limits: &Limits, output: &mut Output<'_>) -> io::Result<()> {
    let failure = record.failure();
    output.heading("Failure")?;
    output.table(&grid::facts([
        ("Type", Some(failure.error_type.to_string())),
        ("Class", failure.class.map(Into::into)),
        ("Root cause", failure.root_class.map(Into::into)),
        ("Message", failure.message.map(Into::into)),
        ("Fingerprint", Some(failure.fingerprint.to_string())),
    ]))?;
    let Some(content) = &record.captured.content else { return Ok(()) };
    causes(record, content, output)?;
    trace(record, content, limits, output)
}

fn causes(record: &DlqRecord, content: &Content, output: &mut Output<'_>) -> io::Result<()> {
    let causes = record.captured.failure.causes(content);
    if causes.len() < 2 {
        return Ok(());
    }
    output.heading("Caused by, outermost first, as captured")?;
    for (depth, cause) in causes.iter().enumerate() {
        let told = cause.message.as_ref().map_or_else(String::new, |message| format!(": {message}"));
        output.line(format_args!("  {}. {}{}", depth + 1, text::line(&cause.class), text::line(&told)))?;
    }
    Ok(())
}

fn trace(record: &DlqRecord, content: &Content, limits: &Limits, output: &mut Output<'_>) -> io::Result<()> {
    let Some(span) = record.captured.failure.stack_trace else { return Ok(()) };
    let trace = content.text(span);
    output.heading("Stack trace, as captured")?;
    for line in trace.lines().take(limits.trace_lines) {
        output.line(format_args!("  {}", text::line(&line.replace('\t', "    "))))?;
    }
    match trace.lines().count().saturating_sub(limits.trace_lines) {
        0 => Ok(()),
        more => output.line(format_args!("  … {more} lines more: --full")),
    }
}

fn places(record: &DlqRecord, output: &mut Output<'_>) -> io::Result<()> {
    let captured = &record.captured;
    let provenance = &captured.provenance;
    output.heading("Where")?;
    let from = captured.from.as_ref().map(|from| {
        let at = moment::shown(from.timestamp);
        format!(
            "{} of cluster {} at {at}",
            place(Some(&from.source.topic), Some(from.source.partition), Some(from.offset)),
            from.source.cluster
        )
    });
    output.table(&grid::facts([
        ("Origin", Some(origin(&captured.origin))),
        ("Consumer group", captured.origin.consumer_group.as_ref().map(ToString::to_string)),
        ("Captured from", from.or_else(|| Some("submitted by an application".to_owned()))),
        ("Dialects", joined(&provenance.dialects)),
        (
            "Unreadable",
            provenance.unreadable.then(|| "its reader failed: only the bytes are known".to_owned()),
        ),
    ]))?;
    for (number, hop) in captured.hops().enumerate() {
        output.line(format_args!("  hop {}: {}", number + 1, text::line(&self::hop(&hop))))?;
    }
    for warning in &provenance.warnings {
        output.line(format_args!("  warning: {}", text::line(warning)))?;
    }
    Ok(())
}

fn origin(origin: &Origin) -> String {
    let Some(topic) = &origin.topic else { return "unknown".to_owned() };
    let at = time(origin.timestamp).map_or_else(String::new, |time| format!(" at {time}"));
    let known_by =
        origin.known_by.map_or_else(String::new, |by| format!(" (known by {by:?})").to_lowercase());
    format!("{}{at}{known_by}", place(Some(topic), origin.partition, origin.offset))
}

fn hop(hop: &HopRef<'_>) -> String {
    let group = hop.consumer_group.as_ref().map_or_else(String::new, |group| format!(", group {group}"));
    format!("{}{group}, told by {}", place(hop.topic, hop.partition, hop.offset), hop.dialect)
}

/// `topic[partition]@offset`; `?` for what is not known.
fn place(topic: Option<&TopicName>, partition: Option<PartitionId>, offset: Option<i64>) -> String {
    let or_unknown = |number: Option<i64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let topic = topic.map_or("?", TopicName::as_str);
    format!("{topic}[{}]@{}", or_unknown(partition.map(i64::from)), or_unknown(offset))
}

fn message(content: &Content, limits: &Limits, output: &mut Output<'_>) -> io::Result<()> {
    output.heading(format_args!("Key: {}", body(content.key(), limits.value_bytes)))?;
    let headers: Vec<_> = content.headers().map(|header| row(header, limits)).collect();
    output.heading(format_args!("Headers: {}", headers.len()))?;
    if !headers.is_empty() {
        output.table(&grid::titled(["NAME", "BYTES", "VALUE"], headers))?;
    }
    match content.payload() {
        Body::Present(bytes) => {
            output.heading(format_args!("Payload: {} bytes", bytes.len()))?;
            output.line(text::bytes(bytes, limits.payload_bytes))
        }
        absent => output.heading(format_args!("Payload: {}", body(absent, 0))),
    }
}

fn row(header: Header<'_>, limits: &Limits) -> [String; 3] {
    let value = header.value.map(|value| text::line(&text::bytes(value, limits.value_bytes)).into_owned());
    [
        text::line(&header.name_text()).into_owned(),
        grid::or_dash(header.value.map(<[u8]>::len)),
        value.unwrap_or_else(|| "null".to_owned()),
    ]
}

fn body(body: Body<'_>, bytes_max: usize) -> String {
    match body {
        Body::Present(bytes) => text::line(&text::bytes(bytes, bytes_max)).into_owned(),
        Body::Null => "null".to_owned(),
        Body::Missing => "missing: the dead letter only points at its source".to_owned(),
    }
}

fn attempt(attempt: Option<&Attempt>, lease: Option<&Lease>, output: &mut Output<'_>) -> io::Result<()> {
    let Some(attempt) = attempt else { return Ok(()) };
    let state = if attempt.open { "no outcome yet" } else { "ended" };
    let delivered =
        attempt.delivered.map(|at| place(attempt.target.as_ref(), Some(at.partition), Some(at.offset)));
    output.heading("Latest attempt")?;
    output.table(&grid::facts([
        ("Number", Some(format!("{} ({state})", attempt.number))),
        ("Redrive id", Some(attempt.redrive_id.to_string())),
        ("Target", attempt.target.as_ref().map(ToString::to_string)),
        ("Delivered to", delivered),
        ("Held by", lease.map(|lease| format!("{} until {}", lease.owner, moment::shown(lease.until)))),
    ]))
}

fn changes(history: &[HistoryEntry], output: &mut Output<'_>) -> io::Result<()> {
    if history.is_empty() {
        return Ok(());
    }
    output.heading("History")?;
    let titles = ["WHEN", "WHAT", "STATUS", "ATTEMPT", "WHO", "WHY"];
    output.table(&grid::titled(titles, history.iter().map(change)))
}

fn change(entry: &HistoryEntry) -> [String; 6] {
    let fields = if entry.fields.is_null() { String::new() } else { format!(" {}", entry.fields) };
    [
        moment::shown(entry.at),
        format!("{:?}{fields}", entry.action).to_lowercase(),
        if entry.from == entry.to {
            entry.to.to_string()
        } else {
            format!("{} → {}", entry.from, entry.to)
        },
        grid::or_dash(entry.attempt),
        entry.change.actor.to_string(),
        entry.change.reason.as_deref().unwrap_or_default().to_owned(),
    ]
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(moment::shown)
}

fn joined<T: ToString>(items: &[T]) -> Option<String> {
    (!items.is_empty()).then(|| items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}
