//! The counters as they are kept: how many records there are of each kind, and the sums of the books.

use dlq_core::Timestamp;
use dlq_core::storage::StorageResult;
use dlq_core::storage::transition::{Delta, Deltas};

use crate::error::corrupt;
use crate::kind::Kind;
use crate::store::ReadRow;

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

/// What becomes of a row of [`Space::Tally`](crate::Space::Tally) by adding to it: `None` where nothing is left to count.
/// It is text: how many, when the first and the last of them was made, and one of them; what is there keeps its sample.
///
/// # Errors
/// What stands is no count.
pub fn counted(standing: Option<&[u8]>, added: &Delta) -> StorageResult<Option<Vec<u8>>> {
    let mut sum = *added;
    if let Some(standing) = standing {
        let known = delta(standing).ok_or_else(|| corrupt("count", "a stored counter is damaged"))?;
        sum.records += known.records;
        sum.first_seen = sum.first_seen.min(known.first_seen);
        sum.last_seen = sum.last_seen.max(known.last_seen);
        sum.sample = known.sample;
    }
    let Delta { records, first_seen, last_seen, sample } = sum;
    let text = format!("{records} {} {} {sample}", first_seen.as_millis(), last_seen.as_millis());
    Ok((records != 0).then(|| text.into_bytes()))
}

/// What becomes of a row that is a number by adding to it. It is text.
///
/// # Errors
/// What stands is no number.
pub fn summed(standing: Option<&[u8]>, added: i64) -> StorageResult<Vec<u8>> {
    let known =
        standing.map_or(Some(0), number).ok_or_else(|| corrupt("count", "a stored sum is damaged"))?;
    Ok(known.saturating_add(added).to_string().into_bytes())
}

/// A number as [`summed`] writes it.
pub(crate) fn number(text: &[u8]) -> Option<i64> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// The kinds of a shard.
///
/// # Errors
/// One of them is not what was written.
pub(crate) fn read_kinds(rows: &[ReadRow]) -> StorageResult<Vec<(Kind, Delta)>> {
    let read = |(name, counts): &ReadRow| {
        let damaged = || corrupt("statistics", "a stored counter is damaged");
        let told = || damaged().with("counter", String::from_utf8_lossy(name));
        Kind::read(name).zip(delta(counts)).ok_or_else(told)
    };
    rows.iter().map(read).collect()
}

/// Adds the sums of a shard.
///
/// # Errors
/// One of them is not what was written.
pub(crate) fn add_books(deltas: &mut Deltas, rows: &[ReadRow]) -> StorageResult<()> {
    for (name, sum) in rows {
        let damaged =
            || corrupt("account", "a stored sum is damaged").with("sum", String::from_utf8_lossy(name));
        let to = match name.as_slice() {
            b"submitted" => &mut deltas.submitted,
            b"imported" => &mut deltas.imported,
            b"stored" => &mut deltas.stored,
            b"returned" => &mut deltas.returned,
            b"purged" => &mut deltas.purged,
            b"evicted" => &mut deltas.evicted,
            _ => return Err(damaged()),
        };
        *to += number(sum).and_then(|sum| u64::try_from(sum).ok()).ok_or_else(damaged)?;
    }
    Ok(())
}

fn delta(counts: &[u8]) -> Option<Delta> {
    let mut parts = str::from_utf8(counts).ok()?.split(' ');
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
        let id = RecordId::submitted();
        let told = delta(format!("7 -5 9 {id}").as_bytes()).unwrap();
        assert_eq!((told.records, told.first_seen.as_millis(), told.sample), (7, -5, id));
        assert_eq!(delta(b"7 x"), None);
    }

    #[test]
    fn what_is_added_is_counted_until_nothing_is_left() {
        let at = |millis| Timestamp::from_millis(millis);
        let [first, second] = [RecordId::submitted(), RecordId::submitted()];
        let one = Delta { records: 1, first_seen: at(5), last_seen: at(5), sample: first };
        let row = counted(None, &one).unwrap().unwrap();
        let two = Delta { records: 2, first_seen: at(3), last_seen: at(4), sample: second };
        let row = counted(Some(&row), &two).unwrap().unwrap();
        assert_eq!(row, format!("3 3 5 {first}").into_bytes());
        assert_eq!(counted(Some(&row), &Delta { records: -3, ..two }).unwrap(), None);
        assert!(counted(Some(b"x"), &two).is_err());
        assert_eq!(summed(Some(b"7"), -3).unwrap(), b"4");
        assert!(summed(Some(b"x"), 1).is_err());
    }
}
