//! The ring buffer beside those who do the same: `disruptor` and `rtrb`, which spin, and `crossbeam-channel`, which parks.
//!
//! Two cores are enough for one producer and one consumer; where three threads spin, the system's scheduler is measured,
//! too.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

mod beside;
mod hand_over;

use beside::Row;
use criterion::Criterion;
use dlq_core::engine::ring::{Blocking, BusySpin};
use hand_over::{Record, ours, peers};

const ROWS: [Row; 4] = [
    Row {
        name: "1 to 1, batch of 64",
        ours: &[("spinning", ours::batches::<u64, BusySpin>), ("parking", ours::batches::<u64, Blocking>)],
        peers: &[
            ("disruptor", peers::disruptor_batches::<u64>),
            ("crossbeam-channel", peers::crossbeam::<u64, 1>),
        ],
    },
    Row {
        name: "1 to 1, one at a time",
        ours: &[
            ("spinning", ours::one_at_a_time::<u64, BusySpin>),
            ("parking", ours::one_at_a_time::<u64, Blocking>),
        ],
        peers: &[("disruptor", peers::disruptor_one_at_a_time::<u64>), ("rtrb", peers::rtrb::<u64>)],
    },
    Row {
        name: "1 to 1, records of 304 bytes",
        ours: &[("spinning", ours::batches::<Record, BusySpin>)],
        peers: &[("crossbeam-channel of boxes", peers::crossbeam_boxed::<Record>)],
    },
    Row {
        name: "2 to 1, batch of 64",
        ours: &[
            ("spinning", ours::batches_of_two::<u64, BusySpin>),
            ("parking", ours::batches_of_two::<u64, Blocking>),
        ],
        peers: &[
            ("disruptor", peers::disruptor_batches_of_two::<u64>),
            ("crossbeam-channel", peers::crossbeam::<u64, 2>),
        ],
    },
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let ratios: Vec<_> = ROWS.iter().flat_map(|row| row.measure(&mut criterion)).collect();
    criterion.final_summary();
    ratios.iter().for_each(|line| println!("{line}"));
}
