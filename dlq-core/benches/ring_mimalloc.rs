//! Records through the ring and boxed through a channel, when the allocator is good at freeing on another thread.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

mod beside;
#[allow(dead_code, reason = "only the records are measured here")]
mod hand_over;

use beside::Row;
use criterion::Criterion;
use dlq_core::engine::ring::BusySpin;
use hand_over::{Record, ours, peers};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROW: Row = Row {
    name: "1 to 1, records of 304 bytes, mimalloc",
    ours: &[("spinning", ours::batches::<Record, BusySpin>)],
    peers: &[("crossbeam-channel of boxes", peers::crossbeam_boxed::<Record>)],
};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let ratios = ROW.measure(&mut criterion);
    criterion.final_summary();
    ratios.iter().for_each(|line| println!("{line}"));
}
