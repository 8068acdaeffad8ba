//! Rows of contestants: measured in one run, and ours beside each of the peers at its end.

use std::time::Duration;

use criterion::{Criterion, Throughput};

/// Hands that many items over, and says how long it took.
pub(crate) type Transfer = fn(u64) -> Duration;

/// How many items pass in one measurement: enough that starting threads is lost in it.
pub(crate) const ITEMS: u64 = 400_000;

/// One comparison: who, by name. `ours` come first when the ratios are printed, each beside each of the `peers`.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) ours: &'static [(&'static str, Transfer)],
    pub(crate) peers: &'static [(&'static str, Transfer)],
}

impl Row {
    /// Measures all of them, and says by how much ours was quicker: 2 is twice as many in the same time.
    pub(crate) fn measure(&self, criterion: &mut Criterion) -> Vec<String> {
        let mut group = criterion.benchmark_group(self.name);
        group.throughput(Throughput::Elements(ITEMS));
        let mut median = |(name, transfer): &(&str, Transfer)| {
            let mut times = Vec::new();
            group.bench_function(*name, |bencher| {
                bencher.iter_custom(|rounds| {
                    let time = (0..rounds).map(|_| transfer(ITEMS)).sum::<Duration>();
                    times.push(time.as_secs_f64() / rounds as f64);
                    time
                });
            });
            (name.to_string(), middle(&mut times))
        };
        let ours: Vec<_> = self.ours.iter().map(&mut median).collect();
        let peers: Vec<_> = self.peers.iter().map(&mut median).collect();
        let each = |(name, time): &(String, f64)| {
            let line = |(peer, other): &(String, f64)| {
                format!("ratio ours/peer, {}, {name} beside {peer}: {:.2}", self.name, other / time)
            };
            peers.iter().map(line).collect::<Vec<_>>()
        };
        ours.iter().flat_map(each).collect()
    }
}

fn middle(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
