//! [`Places`]: where a record stands in the sorted sets.
//!
//! Members are sorted byte by byte: each is what it is sorted by, written so that bytes sort as values do, and then the id.
//! That is exact for every number, and any place can be gone on from.

use dlq_core::record::{DlqRecord, RecordId};
use dlq_core::storage::Order;

use crate::kind::Kind;
use crate::space::Space;
use xxhash_rust::xxh3::xxh3_64;

/// How many bytes an id has.
pub(crate) const ID: usize = 16;

/// A record's members, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places(pub(crate) Vec<(Space, Vec<u8>)>);

impl Places {
    /// The places of a record of this kind and lane.
    pub(crate) fn of(record: &DlqRecord, kind: &Kind, lane: Option<i64>) -> Self {
        let id = record.id;
        let mut places = vec![
            (Space::Ids, id.to_bytes().to_vec()),
            (Space::Due, timed(Order::DueFirst.key(record), id)),
            (Space::Changed, timed(Order::ChangedFirst.key(record), id)),
            (Space::Kinds, behind(&kind_prefix(kind), id)),
        ];
        places.extend(in_lane(record, lane).map(|member| (Space::Lanes, member)));
        Self(places)
    }

    /// The places that are not among the others.
    pub(crate) fn beside<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = &'a (Space, Vec<u8>)> {
        self.0.iter().filter(|place| !others.0.contains(place))
    }
}

/// Where an open record stands in its lane; each begins with the lane.
pub(crate) fn in_lane(record: &DlqRecord, lane: Option<i64>) -> Option<Vec<u8>> {
    let lane = lane.filter(|_| record.progress.status.is_open())?;
    let place = [lane.to_be_bytes(), sortable(record.captured.place())].concat();
    Some(behind(&place, record.id))
}

/// The member of a set that is sorted by a number.
pub(crate) fn timed(number: i64, id: RecordId) -> Vec<u8> {
    behind(&sortable(number), id)
}

pub(crate) fn behind(prefix: &[u8], id: RecordId) -> Vec<u8> {
    [prefix, &id.to_bytes()].concat()
}

/// With what the members of a kind begin. Kinds may share it: whoever reads them looks at the records as well.
pub(crate) fn kind_prefix(kind: &Kind) -> [u8; 8] {
    xxh3_64(&kind.name()).to_be_bytes()
}

/// Bytes that sort as the numbers do.
pub(crate) const fn sortable(number: i64) -> [u8; 8] {
    (number.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

/// The number and the id of a member; the number of one that is sorted by id alone is 0.
pub(crate) fn read(member: &[u8]) -> Option<(i64, RecordId)> {
    let id = RecordId::from_bytes(*member.last_chunk::<ID>()?);
    let number = member.first_chunk().filter(|_| member.len() == ID + 8);
    let number = number.map_or(0, |bytes| (u64::from_be_bytes(*bytes) ^ (1 << 63)).cast_signed());
    Some((number, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_sort_as_numbers_and_ids_do_and_tell_both() {
        let ids = [RecordId::MIN, RecordId::from_bytes([1; 16]), RecordId::from_bytes([255; 16])];
        let numbers = [i64::MIN, -1, 0, 1, 256, i64::MAX];
        let members: Vec<_> =
            numbers.iter().flat_map(|number| ids.map(|id| (timed(*number, id), *number, id))).collect();
        assert!(members.is_sorted());
        for (member, number, id) in members {
            assert_eq!(read(&member), Some((number, id)));
        }
        assert_eq!(read(&ids[1].to_bytes()), Some((0, ids[1])));
        assert_eq!(read(b"short"), None);
    }
}
