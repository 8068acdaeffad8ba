//! [`Stopwatch`]: how long each call took, and all of them.

use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use hdrhistogram::Histogram;
use serde::Serialize;

/// The longest call that is told apart, in nanoseconds: a quarter of an hour.
const CALL_MAX_NANOS: u64 = 900_000_000_000;

/// What calls of one kind cost.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// Records a second.
    pub records_per_second: f64,
    /// Half of the calls took less, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 took less, in milliseconds.
    pub p99_ms: f64,
}

/// Times calls that are made side by side.
#[derive(Debug)]
pub(super) struct Stopwatch {
    calls: Histogram<u64>,
    records: u64,
    took: Duration,
}

impl Stopwatch {
    pub(super) fn new() -> anyhow::Result<Self> {
        let calls = Histogram::new_with_max(CALL_MAX_NANOS, 3)?;
        Ok(Self { calls, records: 0, took: Duration::ZERO })
    }

    /// Makes a call for each item, so many at once, each a task of its own that answers for how many records it was.
    pub(super) async fn time<T, F>(
        &mut self,
        at_once: usize,
        items: impl IntoIterator<Item = T>,
        call: impl Fn(T) -> F,
    ) -> anyhow::Result<u64>
    where
        F: Future<Output = anyhow::Result<u64>> + Send + 'static,
    {
        let begun = Instant::now();
        let timed = |item| {
            let call = call(item);
            tokio::spawn(async move {
                let asked = Instant::now();
                anyhow::Ok((call.await?, asked.elapsed()))
            })
        };
        let calls = stream::iter(items).map(timed).buffer_unordered(at_once);
        let answers: Vec<_> = calls.try_collect().await?;
        self.took += begun.elapsed();
        let mut records = 0;
        for answer in answers {
            let (of_it, took) = answer?;
            records += of_it;
            self.calls.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        }
        self.records += records;
        Ok(records)
    }

    pub(super) fn cost(&self) -> Option<Cost> {
        let at = |quantile| self.calls.value_at_quantile(quantile) as f64 / 1e6;
        let records_per_second = self.records as f64 / self.took.as_secs_f64();
        (!self.calls.is_empty()).then(|| Cost { records_per_second, p50_ms: at(0.5), p99_ms: at(0.99) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_count_by_their_records_and_one_that_fails_fails_all() {
        let mut watch = Stopwatch::new().unwrap();
        assert!(watch.cost().is_none());
        let done = watch.time(2, [3_u64, 4], |records| async move { Ok(records) }).await;
        assert_eq!(done.unwrap(), 7);
        let cost = watch.cost().unwrap();
        assert!(cost.records_per_second > 7.0 && cost.p50_ms <= cost.p99_ms, "{cost:?}");
        let failed = watch.time(1, [0], |_| async { anyhow::bail!("no") }).await;
        assert_eq!(failed.unwrap_err().to_string(), "no");
    }
}
