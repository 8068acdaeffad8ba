//! How far capture has come.

use std::collections::HashMap;

use dlq_core::record::{RecordId, SourcePartition, TopicName};
use dlq_core::storage::transition::advance as by_the_rules;
use dlq_core::storage::{Advance, Advanced, StorageResult, Watermark};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::error::corrupt;
use crate::ledger::{TRIES, contended, pause};
use crate::shards::Shards;
use crate::space::Space;
use crate::store::KeyedStore;
use crate::unit::Unit;

/// A watermark and whose it is, as it is kept.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Row {
    #[n(0)]
    cluster: String,
    #[n(1)]
    topic: String,
    #[n(2)]
    partition: i32,
    #[n(3)]
    generation: u32,
    #[n(4)]
    next: i64,
    #[n(5)]
    last: Option<ByteArray<16>>,
    #[n(6)]
    captured: u64,
    #[n(7)]
    quarantined: u64,
}

pub(crate) async fn advance<S: KeyedStore>(store: &Shards<S>, advance: &Advance) -> StorageResult<Advanced> {
    let field = field(&advance.partition);
    for tried in 0..TRIES {
        pause(tried).await;
        let stands = store.value("advance", Space::Watermarks, &field).await?;
        let standing = stands.as_deref().map(read).transpose()?.map(|(_, watermark)| watermark);
        let (answer, moved) = by_the_rules(standing.as_ref(), advance);
        let Some(moved) = moved else { return Ok(answer) };
        let mut unit = Unit::default();
        unit.expect(Space::Watermarks, field.as_slice(), stands.unwrap_or_default());
        unit.put(Space::Watermarks, field.as_slice(), value(&advance.partition, &moved));
        if store.write_one("advance", store.home(&field), unit).await? {
            return Ok(answer);
        }
    }
    Err(contended("advance"))
}

pub(crate) async fn of<S: KeyedStore>(
    store: &Shards<S>,
    partitions: &[SourcePartition],
) -> StorageResult<Vec<Option<Watermark>>> {
    let fields = partitions.iter().map(field).collect();
    let read_all = store.values("watermarks", Space::Watermarks, fields).await?;
    let watermark = |value: Vec<u8>| Ok(read(&value)?.1);
    read_all.into_iter().map(|value| value.map(watermark).transpose()).collect()
}

pub(crate) async fn all<S: KeyedStore>(
    store: &Shards<S>,
) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
    let rows = store.rows("watermarks", &[Space::Watermarks]).await?.into_iter().flatten().flatten();
    let mut watermarks: Vec<_> = rows.map(|(_, value)| read(&value)).collect::<StorageResult<_>>()?;
    watermarks.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(watermarks)
}

/// Puts these in the place of all that stand.
pub(crate) async fn replace<S: KeyedStore>(
    store: &Shards<S>,
    watermarks: &[(SourcePartition, Watermark)],
) -> StorageResult<()> {
    let given: HashMap<_, _> =
        watermarks.iter().map(|(whose, watermark)| (field(whose), value(whose, watermark))).collect();
    let gone = all(store).await?.into_iter().map(|(whose, _)| field(&whose));
    let gone = gone.filter(|field| !given.contains_key(field)).map(|field| {
        let (home, mut unit) = (store.home(&field), Unit::default());
        unit.cut(Space::Watermarks, field);
        (home, unit)
    });
    let put = given.iter().map(|(field, value)| {
        let (home, mut unit) = (store.home(field), Unit::default());
        unit.put(Space::Watermarks, field.as_slice(), value.as_slice());
        (home, unit)
    });
    store.write("open_books", gone.chain(put).collect()).await.map(|_| ())
}

fn field(partition: &SourcePartition) -> Vec<u8> {
    let SourcePartition { cluster, topic, partition } = partition;
    format!("{topic}/{partition}/{}", &**cluster).into_bytes()
}

fn value(whose: &SourcePartition, watermark: &Watermark) -> Vec<u8> {
    let row = Row {
        cluster: whose.cluster.to_string(),
        topic: whose.topic.to_string(),
        partition: whose.partition,
        generation: watermark.generation,
        next: watermark.next,
        last: watermark.last.map(|id| id.to_bytes().into()),
        captured: watermark.captured,
        quarantined: watermark.quarantined,
    };
    minicbor::to_vec(row).unwrap_or_default()
}

fn read(value: &[u8]) -> StorageResult<(SourcePartition, Watermark)> {
    let damaged = || corrupt("watermarks", "a stored watermark is damaged");
    let row: Row = minicbor::decode(value).map_err(|error| damaged().caused_by(error))?;
    let whose = SourcePartition {
        cluster: row.cluster.into(),
        topic: TopicName::new(row.topic).map_err(|error| damaged().caused_by(error))?,
        partition: row.partition,
    };
    let watermark = Watermark {
        generation: row.generation,
        next: row.next,
        last: row.last.map(|id| RecordId::from_bytes(*id)),
        captured: row.captured,
        quarantined: row.quarantined,
    };
    Ok((whose, watermark))
}
