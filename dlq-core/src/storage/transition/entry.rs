//! The history entry that a change leaves behind.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::record::{
    Action, Attempt, Change, DlqRecord, FailureSummary, HistoryEntry, Notes, OperationId, Progress, WorkerId,
};

/// Ends a change that began at `before`: raises the version, names operation and time, and tells what changed.
pub(super) fn enter(
    record: &mut DlqRecord,
    before: &Progress,
    action: Action,
    change: &Change,
    now: Timestamp,
) -> HistoryEntry {
    record.version += 1;
    record.progress.operation = Some(change.operation);
    record.progress.updated_at = now;
    HistoryEntry {
        version: record.version,
        at: now,
        action,
        change: change.clone(),
        from: before.status,
        to: record.progress.status,
        attempt: None,
        fields: fields(before, &record.progress),
    }
}

/// The entry of one of these actions that the operation left in a history.
pub(super) fn entry_of<'h>(
    history: &'h [HistoryEntry],
    operation: OperationId,
    actions: &[Action],
) -> Option<&'h HistoryEntry> {
    history.iter().find(|entry| entry.change.operation == operation && actions.contains(&entry.action))
}

/// Adds a fact to an entry.
pub(super) fn note(entry: &mut HistoryEntry, name: &str, value: Value) {
    if entry.fields.is_null() {
        entry.fields = Value::Object(Map::new());
    }
    if let Some(fields) = entry.fields.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// The fields that changed, beside the status and what every change changes, with their new values.
fn fields(before: &Progress, after: &Progress) -> Value {
    let mut fields = Fields(Map::new());
    fields.tell("due_at", &before.due_at, &after.due_at);
    fields.tell("retry_count", &before.retry_count, &after.retry_count);
    fields.tell("last_retry_at", &before.last_retry_at, &after.last_retry_at);
    fields.tell("expires_at", &before.expires_at, &after.expires_at);
    fields.tell("revision", &before.revision, &after.revision);
    fields.tell("owner", &owner(before), &owner(after));
    fields.tell_attempt(before.attempt.as_ref(), after.attempt.as_ref());
    fields.tell_notes(&before.notes, &after.notes);
    if before.failure != after.failure {
        fields.insert("failure", after.failure.as_ref().map_or(Value::Null, failure));
    }
    if fields.0.is_empty() { Value::Null } else { Value::Object(fields.0) }
}

fn owner(progress: &Progress) -> Option<&WorkerId> {
    progress.lease.as_ref().map(|lease| &lease.owner)
}

fn failure(failure: &FailureSummary<'_>) -> Value {
    json!({
        "class": failure.class,
        "root_cause_class": failure.root_class,
        "message": failure.message,
        "type": failure.error_type,
        "fingerprint": failure.fingerprint,
    })
}

struct Fields(Map<String, Value>);

impl Fields {
    fn tell<T: PartialEq + Serialize>(&mut self, name: &str, before: &T, after: &T) {
        if before != after {
            // What stands in a record's progress can always be written as JSON.
            self.insert(name, serde_json::to_value(after).unwrap_or_default());
        }
    }

    fn tell_attempt(&mut self, before: Option<&Attempt>, after: Option<&Attempt>) {
        let name = |attempt: &Attempt| attempt.redrive_id;
        self.tell("redrive_id", &before.map(name), &after.map(name));
        self.tell("target", &before.map(|a| &a.target), &after.map(|a| &a.target));
        self.tell("delivered", &before.and_then(|a| a.delivered), &after.and_then(|a| a.delivered));
    }

    fn tell_notes(&mut self, before: &Notes, after: &Notes) {
        self.tell("metadata", &before.metadata, &after.metadata);
        self.tell("tags", &before.tags, &after.tags);
        self.tell("hold_reason", &before.hold_reason, &after.hold_reason);
        self.tell("related", &before.related, &after.related);
    }

    fn insert(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}
