//! The counters as they are kept: cells with what they count, and the sums of the books.

use dlq_core::Timestamp;
use dlq_core::record::{DlqStatus, ErrorType, Fingerprint, TopicName};
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::{Cell, Delta, Deltas};

use crate::error::corrupt;

/// A cell's name: status, type of failure, fingerprint, topic.
pub(crate) fn name(cell: &Cell) -> Vec<u8> {
    let topic = cell.topic.as_ref().map_or("", TopicName::as_str);
    let fingerprint = cell.fingerprint.as_u64();
    format!("{} {} {fingerprint:016x} {topic}", cell.status.code(), cell.error_type.code()).into_bytes()
}

/// The sums of the books by their names.
pub(crate) fn books(deltas: &Deltas) -> impl Iterator<Item = (&'static str, u64)> {
    let Deltas { submitted, imported, stored, returned, purged, evicted, .. } = *deltas;
    [
        ("submitted", submitted),
        ("imported", imported),
        ("stored", stored),
        ("returned", returned),
        ("purged", purged),
        ("evicted", evicted),
    ]
    .into_iter()
}

/// All cells and all sums.
///
/// # Errors
/// One of them is not what was written.
pub(crate) fn read(cells: Vec<(String, String)>, books: Vec<(String, u64)>) -> StorageResult<Deltas> {
    let mut deltas = Deltas::default();
    for (name, counts) in cells {
        let damaged = || corrupt("statistics", "a stored counter is damaged").with("counter", &name);
        let (cell, delta) = cell(&name).zip(delta(&counts)).ok_or_else(damaged)?;
        deltas.add(cell, delta);
    }
    for (name, sum) in books {
        match name.as_str() {
            "submitted" => deltas.submitted = sum,
            "imported" => deltas.imported = sum,
            "stored" => deltas.stored = sum,
            "returned" => deltas.returned = sum,
            "purged" => deltas.purged = sum,
            "evicted" => deltas.evicted = sum,
            _ => return Err(corrupt("account", "the books hold an unknown sum").with("sum", name)),
        }
    }
    Ok(deltas)
}

fn cell(name: &str) -> Option<Cell> {
    let mut parts = name.splitn(4, ' ');
    let (status, error_type) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let fingerprint = u64::from_str_radix(parts.next()?, 16).ok()?;
    let topic = match parts.next()? {
        "" => None,
        topic => Some(TopicName::new(topic).ok()?),
    };
    Some(Cell {
        topic,
        error_type: ErrorType::from_code(error_type)?,
        fingerprint: Fingerprint::from_u64(fingerprint),
        status: DlqStatus::from_code(status)?,
    })
}

fn delta(counts: &str) -> Option<Delta> {
    let mut parts = counts.split(' ');
    let time = |part: Option<&str>| Some(Timestamp::from_millis(part?.parse().ok()?));
    Some(Delta {
        records: parts.next()?.parse().ok()?,
        first_seen: time(parts.next())?,
        last_seen: time(parts.next())?,
        sample: parts.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dlq_core::record::RecordId;

    #[test]
    fn what_is_written_is_read() {
        for topic in [None, Some(TopicName::new("orders.dlt-7").unwrap())] {
            let fingerprint = Fingerprint::from_u64(0xAB);
            let written =
                Cell { topic, error_type: ErrorType::ALL[3], fingerprint, status: DlqStatus::OnHold };
            assert_eq!(cell(str::from_utf8(&name(&written)).unwrap()), Some(written));
        }
        let id = RecordId::submitted();
        let told = delta(&format!("7 -5 9 {id}")).unwrap();
        assert_eq!((told.records, told.first_seen.as_millis(), told.sample), (7, -5, id));
        assert_eq!(delta("7 x"), None);
    }
}
