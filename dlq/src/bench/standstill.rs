//! [`Standstill`]: the storage does not answer until enough records lie in the process, which is weighed then.

use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::process::resident_kib;
use crate::traffic::spring;

/// What records cost that wait for the storage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buffered {
    /// The memory that was resident when all of them waited, in millions of bytes.
    pub resident_mb: f64,
    /// How much it grew for each of the last three quarters of them, beyond the bytes of the message: what the process
    /// has anyway, such as the client's own queue, is not in it.
    pub overhead_bytes_per_record: f64,
}

/// Holds the storage's answers back until so many records lie in the process.
#[derive(Debug)]
pub(super) struct Standstill {
    records: u64,
    waiting: Mutex<Waiting>,
    over: CancellationToken,
}

/// What waits, and what the process weighed, in KiB, when a quarter waited and when all did; and how many that was.
#[derive(Debug, Default)]
struct Waiting {
    records: u64,
    quarter: Option<(u64, f64)>,
    all: Option<(u64, f64)>,
}

impl Standstill {
    /// Lasts until so many records wait.
    pub(super) fn until(records: u64) -> Self {
        Self { records, waiting: Mutex::default(), over: CancellationToken::new() }
    }

    /// Records were handed over, and wait from now on.
    pub(super) fn handed_over(&self, records: u64) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.records += records;
        if waiting.quarter.is_none() && waiting.records >= self.records / 4 {
            waiting.quarter = weigh(waiting.records);
        }
        if waiting.all.is_none() && waiting.records >= self.records {
            waiting.all = weigh(waiting.records);
            self.over.cancel();
        }
    }

    /// Waits until it is over.
    pub(super) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// What was weighed.
    ///
    /// # Errors
    /// It is not over, or the process cannot be weighed.
    pub(super) fn buffered(&self) -> anyhow::Result<Buffered> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let weighed = waiting.quarter.zip(waiting.all).context("the process was not weighed")?;
        let ((few, before), (many, after)) = weighed;
        let grown = (after - before) * 1024.0 / (many - few) as f64;
        let bytes = spring::letter(self.records).bytes() as f64;
        Ok(Buffered { resident_mb: after * 1024.0 / 1e6, overhead_bytes_per_record: grown - bytes })
    }
}

fn weigh(records: u64) -> Option<(u64, f64)> {
    Some((records, resident_kib().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_is_weighed_and_then_it_is_over() {
        let standstill = Standstill::until(4000);
        let mut waiting = Vec::new();
        for _ in 0..4 {
            assert!(standstill.buffered().is_err());
            waiting.push(vec![1_u8; 10 << 20]);
            standstill.handed_over(1000);
        }
        standstill.over().await;
        let buffered = standstill.buffered().unwrap();
        assert!(buffered.resident_mb > 40.0, "{buffered:?} with {}", waiting.len());
        assert!((5_000.0..12_000.0).contains(&buffered.overhead_bytes_per_record), "{buffered:?}");
    }
}
