//! Rows of which nothing is ever expected: contents, and where attempts were delivered. They are written plainly, before
//! what refers to them, and taken away after it. Never by compare-and-set, which costs four times as much; nor ever in a
//! partition that compare-and-set writes, for the two do not see each other.
//!
//! The key of a content is given out once, so that taking one away can never take away another that came later. Large ones
//! are kept in parts, for the databases take no row of more than some megabytes.

use std::collections::HashMap;

use dlq_storage_keyed::{Key, Row, Space};
use futures_util::future::try_join_all;
use scylla::statement::batch::{Batch, BatchType};

use crate::error::Trouble;
use crate::store::Tables;

/// How long what is written goes to one partition: at a thousand records a second of 4 KB, and 16 shards, 60 MB.
const BUCKET_MILLIS: i64 = 5 * 60 * 1000;
/// How many rows are written, or asked for, together.
const ROWS: usize = 50;
/// After how many bytes a batch is not made longer.
const BYTES: usize = 256 << 10;
/// How many bytes a part has.
const PART_BYTES: usize = 1 << 20;

/// A partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Bucket {
    shard: i32,
    space: i8,
    bucket: i64,
}

impl Bucket {
    /// The partition of a key. That of a content begins with a record's id, and that with the time when it was made.
    fn of(shard: i32, space: Space, key: &[u8]) -> Self {
        let bucket = match (space, key.first_chunk::<6>()) {
            (Space::Content, Some(&[a, b, c, d, e, f])) => {
                i64::from_be_bytes([0, 0, a, b, c, d, e, f]) / BUCKET_MILLIS
            }
            _ => 0,
        };
        Self { shard, space: space.code().cast_signed(), bucket }
    }
}

/// Writes plain rows of a shard.
pub(crate) async fn put(tables: &Tables, shard: i32, rows: &[&Row]) -> Result<(), Trouble> {
    let rows = rows
        .iter()
        .map(|row| (Bucket::of(shard, row.space, &row.key), (row.key.as_slice(), row.value.as_slice())));
    let mut portions = Vec::new();
    for (at, rows) in by_bucket(rows) {
        let (mut portion, mut bytes) = (Vec::new(), 0);
        for (key, part, value) in rows.into_iter().flat_map(|(key, value)| parts(key, value)) {
            if portion.len() == ROWS || (bytes > 0 && bytes + value.len() > BYTES) {
                portions.push(std::mem::take(&mut portion));
                bytes = 0;
            }
            bytes += value.len();
            portion.push((value, &tables.store, at.shard, at.space, at.bucket, key, part));
        }
        portions.push(portion);
    }
    let writes = portions.into_iter().map(|values| async move {
        let mut batch = Batch::new(BatchType::Unlogged);
        batch.set_is_idempotent(true);
        values.iter().for_each(|_| batch.append_statement(tables.statements.plain_put.clone()));
        tables.cluster.write(&batch, &values).await
    });
    try_join_all(writes).await.map(drop)
}

/// Takes plain rows of a shard away.
pub(crate) async fn cut(tables: &Tables, shard: i32, keys: &[Key]) -> Result<(), Trouble> {
    let keys = keys.iter().map(|key| (Bucket::of(shard, key.space, &key.key), &key.key));
    let mut portions = Vec::new();
    for (at, keys) in by_bucket(keys) {
        portions.extend(keys.chunks(ROWS).map(|keys| (at, keys.to_vec())));
    }
    let writes = portions.into_iter().map(|(at, keys)| async move {
        let mut batch = Batch::new(BatchType::Unlogged);
        batch.set_is_idempotent(true);
        keys.iter().for_each(|_| batch.append_statement(tables.statements.plain_cut.clone()));
        let values: Vec<_> =
            keys.into_iter().map(|key| (&tables.store, at.shard, at.space, at.bucket, key)).collect();
        tables.cluster.write(&batch, &values).await
    });
    try_join_all(writes).await.map(drop)
}

/// Plain rows of a shard by their keys; those that are not there are left out.
pub(crate) async fn read(
    tables: &Tables,
    shard: i32,
    space: Space,
    keys: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, Vec<u8>>, Trouble> {
    let keys = keys.iter().map(|key| (Bucket::of(shard, space, key), key));
    let mut portions = Vec::new();
    for (at, keys) in by_bucket(keys) {
        portions.extend(keys.chunks(ROWS).map(|keys| (at, keys.to_vec())));
    }
    let reads = portions.into_iter().map(|(at, keys)| async move {
        let values = (&tables.store, at.shard, at.space, at.bucket, keys);
        tables.cluster.rows::<(Vec<u8>, Vec<u8>)>(&tables.statements.plain_read, values).await
    });
    let mut whole: HashMap<_, Vec<_>> = HashMap::new();
    for (key, part) in try_join_all(reads).await?.into_iter().flatten() {
        whole.entry(key).or_default().extend(part);
    }
    Ok(whole)
}

/// The parts of a value, in which order they are read as well.
fn parts<'a>(key: &'a [u8], value: &'a [u8]) -> impl Iterator<Item = (&'a [u8], i32, &'a [u8])> {
    value.chunks(PART_BYTES).zip(0..).map(move |(bytes, part)| (key, part, bytes))
}

fn by_bucket<T>(all: impl Iterator<Item = (Bucket, T)>) -> HashMap<Bucket, Vec<T>> {
    let mut buckets: HashMap<_, Vec<_>> = HashMap::new();
    all.for_each(|(bucket, one)| buckets.entry(bucket).or_default().push(one));
    buckets
}
