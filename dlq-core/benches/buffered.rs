//! What records weigh while they wait between the source and the storage.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a bench that cannot go on ends, and its numbers are small"
)]

mod letters;

use std::alloc::System;

use dlq_core::Timestamp;
use dlq_core::storage::Save;
use letters::{Capture, PAYLOAD, headers, key};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

const RECORDS: i64 = 100_000;
const BATCH: i64 = 1_000;

/// The system's allocator, which counts what is asked of it.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is in use: resident bytes, allocated bytes, allocations.
#[derive(Clone, Copy)]
struct Usage {
    resident: usize,
    bytes: usize,
    allocations: usize,
}

impl Usage {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
        let stats = ALLOCATOR.stats();
        Self {
            resident: kib.unwrap_or(0) * 1024,
            bytes: stats.bytes_allocated - stats.bytes_deallocated,
            allocations: stats.allocations - stats.deallocations,
        }
    }
}

/// How the letters are kept without us: each part in a vector of its own.
type Bare = (Vec<u8>, Vec<u8>, Vec<(String, Vec<u8>)>);

fn ours() -> Vec<Vec<Save>> {
    let mut capture = Capture::new();
    let batches = 0..RECORDS / BATCH;
    batches
        .map(|n| capture.records(n * BATCH..(n + 1) * BATCH).into_iter().map(Save::New).collect())
        .collect()
}

fn bare() -> Vec<Vec<Bare>> {
    let letter = |n| {
        let headers = headers(n, Timestamp::from_millis(n));
        (key(n), PAYLOAD.to_vec(), headers.map(|(name, value)| (name.to_owned(), value)).to_vec())
    };
    (0..RECORDS / BATCH).map(|n| (n * BATCH..(n + 1) * BATCH).map(letter).collect()).collect()
}

/// The letters' own bytes: keys, payloads, names and values of headers.
fn own_bytes() -> usize {
    let header = |(name, value): &(&str, Vec<u8>)| name.len() + value.len();
    let letter = |n| {
        let headers = headers(n, Timestamp::from_millis(n));
        key(n).len() + PAYLOAD.len() + headers.iter().map(header).sum::<usize>()
    };
    (0..RECORDS).map(letter).sum()
}

/// Builds, and tells what that took beyond the letters' own bytes, a record.
fn weigh<T>(name: &str, own: usize, build: impl FnOnce() -> T) -> T {
    let before = Usage::now();
    let built = build();
    let after = Usage::now();
    let records = RECORDS as usize;
    let beyond = |bytes: usize| (bytes as f64 - own as f64) / records as f64;
    let resident = after.resident.saturating_sub(before.resident);
    println!(
        "{name}: {} MB resident; a record: {:.0} B beyond its own {} by the allocator, {:.0} B resident; {:.3} allocations",
        resident / 1_000_000,
        beyond(after.bytes - before.bytes),
        own / records,
        beyond(resident),
        (after.allocations - before.allocations) as f64 / records as f64,
    );
    built
}

fn main() {
    let own = own_bytes();
    let ours = weigh("ours", own, ours);
    let block = |save: &Save| {
        save.record().and_then(|record| record.captured.content.as_ref()).map_or(0, |c| c.block().len())
    };
    let blocks: usize = ours.iter().flatten().map(block).sum();
    println!("ours: {} B of these are lengths in the content block", (blocks - own) / RECORDS as usize);
    drop(ours);
    weigh("bare", own, bare);
}
