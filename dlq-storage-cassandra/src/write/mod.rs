//! Writing to a shard. A shard is one partition, and all of it that is ever expected is written by conditional batches
//! alone, one after the other: each finds the [`Trail`](trail::Trail) of those before it, or nothing of it is written.

mod change;
mod floor;
mod group;
mod picture;
mod trail;

pub(crate) use group::Shard;
