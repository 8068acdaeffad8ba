//! What an arriving dead letter is: a new record, or the return of one that was sent home.

use serde_json::json;

use super::entry::{enter, note};
use super::invalid;
use super::settle::close_attempt;
use crate::clock::Timestamp;
use crate::record::{
    Action, Body, Captured, Change, Content, DlqRecord, DlqStatus, HistoryEntry, OperationId, Position,
    RecordId, RedriveId, TopicName,
};
use crate::storage::error::StorageResult;
use crate::storage::write::ReturnClaim;

/// Where an attempt was delivered. Stores keep these of all attempts, by position and by record, until the record is
/// purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The place.
    pub position: Position,
    /// The record that was sent.
    pub record: RecordId,
    /// The attempt's number.
    pub attempt: u32,
    /// The attempt's name.
    pub redrive_id: RedriveId,
}

impl Delivery {
    /// Where the record's latest attempt was delivered, if that is known.
    #[must_use]
    pub fn latest(record: &DlqRecord) -> Option<Self> {
        let attempt = record.progress.attempt.as_ref()?;
        let (topic, at) = (attempt.target.clone()?, attempt.delivered?);
        let position = Position { topic, partition: at.partition, offset: at.offset };
        Some(Self { position, record: record.id, attempt: attempt.number, redrive_id: attempt.redrive_id })
    }
}

/// What a store knows that bears on an arrival.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// What was delivered to the position that is the arrival's origin.
    pub there: Option<&'a Delivery>,
    /// The record that the arrival's claim names.
    pub named: Option<&'a DlqRecord>,
    /// Where that record's attempts were delivered.
    pub deliveries: &'a [Delivery],
}

/// Which attempt of which record comes back with this arrival, by the rules of [`ReturnClaim`]; `None` where it is a new
/// record. Of attempts before the latest only those can come back whose delivery is known.
#[must_use]
pub fn recognise(
    arrival: &Captured,
    claim: Option<&ReturnClaim>,
    known: Known<'_>,
) -> Option<(RecordId, u32)> {
    let Some(claim) = claim else { return known.there.map(|delivery| (delivery.record, delivery.attempt)) };
    let named = known.named.filter(|named| named.id == claim.record)?;
    let sent = Sent::find(claim.redrive_id, named, known.deliveries)?;
    let holds = match (arrival.origin.position(), &sent.position) {
        (Some(origin), Some(delivered)) => origin == *delivered,
        _ => sent.went_to(arrival.origin.topic.as_ref()) && same_body(arrival, &named.captured),
    };
    holds.then_some((named.id, sent.attempt))
}

/// Makes a record what is stored of it: at version 1, and related to the record that its claim named in vain.
///
/// # Errors
/// It has no content.
pub fn admit(record: &mut DlqRecord, claim: Option<&ReturnClaim>) -> StorageResult<()> {
    if record.captured.content.is_none() {
        let message = "content none: a record is stored with its content, null or missing as that may be";
        return Err(invalid("save", message.to_owned()).with("record", record.id));
    }
    record.version = 1;
    // Only who is related to another is looked at for writing: the progress may be shared.
    if let Some(ReturnClaim { record: named, .. }) = claim
        && !record.progress.notes.related.contains(named)
    {
        record.progress.notes.related.push(*named);
    }
    Ok(())
}

/// Makes an imported record what is stored of it: without what only the store that it came from could know. Who held it
/// there does not hold it here.
///
/// # Errors
/// It has no content.
pub fn import(record: &mut DlqRecord) -> StorageResult<()> {
    admit(record, None)?;
    record.progress.lease = None;
    record.progress.operation = None;
    if record.progress.status == DlqStatus::Retrying {
        record.progress.status = DlqStatus::Pending;
        record.progress.due_at = None;
    }
    Ok(())
}

/// Notes that an attempt of the record came back with this arrival. That of the latest attempt closes it and brings the
/// new failure, and moves the record from Retrying or Success to Failed.
#[must_use]
pub fn returned(record: &mut DlqRecord, attempt: u32, arrival: &DlqRecord, now: Timestamp) -> HistoryEntry {
    let before = record.progress.clone();
    if before.attempt.as_ref().is_some_and(|latest| latest.number == attempt) {
        close_attempt(&mut record.progress, now);
        record.progress.failure = Some(arrival.failure().into_owned());
        if before.status.may_become(DlqStatus::Failed) {
            record.progress.status = DlqStatus::Failed;
            record.progress.lease = None;
            record.progress.due_at = None;
        }
    }
    let change =
        Change { actor: "capture".into(), reason: None, operation: OperationId(arrival.id.as_uuid()) };
    let mut entry = enter(record, &before, Action::Returned, &change, now);
    entry.attempt = Some(attempt);
    note(&mut entry, "arrival", json!(arrival.id));
    entry
}

/// What is known of the attempt that a claim names.
struct Sent<'a> {
    attempt: u32,
    target: Option<&'a TopicName>,
    position: Option<Position>,
}

impl<'a> Sent<'a> {
    fn find(redrive_id: RedriveId, named: &'a DlqRecord, deliveries: &'a [Delivery]) -> Option<Self> {
        let latest = named.progress.attempt.as_ref().filter(|latest| latest.redrive_id == redrive_id);
        if let Some(latest) = latest {
            let position = Delivery::latest(named).map(|delivery| delivery.position);
            return Some(Self { attempt: latest.number, target: latest.target.as_ref(), position });
        }
        let earlier = deliveries.iter().find(|earlier| earlier.redrive_id == redrive_id)?;
        let position = Some(earlier.position.clone());
        Some(Self { attempt: earlier.attempt, target: Some(&earlier.position.topic), position })
    }

    fn went_to(&self, topic: Option<&TopicName>) -> bool {
        topic.is_none() || topic == self.target
    }
}

/// Whether key and payload are the same. A payload that is not there to compare is not the same as another.
fn same_body(one: &Captured, other: &Captured) -> bool {
    let (Some(one), Some(other)) = (&one.content, &other.content) else { return false };
    let told = |content: &Content| content.payload() != Body::Missing;
    told(one) && told(other) && one.body_checksum() == other.body_checksum()
}
