//! Numbers for a machine and a rate: [`PerformanceConfig::auto`].

use super::{Machine, PerformanceConfig, SMALL_RECORD_BYTES};

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

/// What is assumed where the machine does not tell: as little as a small container has.
const MEMORY_UNKNOWN: u64 = 512 << 20;

impl PerformanceConfig {
    /// Numbers for so many cores, so much memory, and so many records a second; those of
    /// [`DEFAULT`](Self::DEFAULT) for 100 000 a second with 2 cores and 1 GiB.
    ///
    /// A sixteenth of the memory is for records, 4 MiB to 1 GiB. A batch is what comes in 10 ms, 10 to 5000 records; the
    /// ring holds half a second, and a second's records may wait, as far as there is memory for them. There are as many
    /// workers as cores, and as many writers, though at most four.
    #[must_use]
    pub fn auto(cores: usize, memory_bytes: u64, target_rate: u64) -> Self {
        let rate = usize::try_from(target_rate).unwrap_or(usize::MAX);
        let memory = usize::try_from(memory_bytes).unwrap_or(usize::MAX);
        let budget_bytes = (memory / 16).clamp(4 * MIB, GIB);
        let room = budget_bytes / SMALL_RECORD_BYTES;
        let batch_size = (rate / 100).clamp(10, 5_000);
        let ring_size = (rate / 2).clamp(1_024, room.min(1 << 20));
        let ring_size = power_of_two(ring_size, room);
        Self {
            batch_size,
            batch_size_min: (batch_size / 10).max(1),
            writers: cores.clamp(1, 4),
            parallelism: Some(cores.clamp(1, 1_024)),
            ring_size,
            max_pending: rate.clamp(ring_size, room),
            budget_bytes,
            ..Self::DEFAULT
        }
    }

    /// Numbers for this machine, or the container that this process runs in, and so many records a second. What the machine
    /// does not tell is taken to be little, one core or 512 MiB, and a warning says so.
    #[must_use]
    pub fn auto_here(target_rate: u64) -> Self {
        let Machine { cores, memory_bytes } = Machine::here();
        if cores.is_none() || memory_bytes.is_none() {
            tracing::warn!(
                ?cores,
                ?memory_bytes,
                "this machine does not tell all it has: for what is unknown, one core or 512 MiB is taken"
            );
        }
        Self::auto(cores.unwrap_or(1), memory_bytes.unwrap_or(MEMORY_UNKNOWN), target_rate)
    }
}

/// The power of two that holds so many, or the largest within the room.
fn power_of_two(wanted: usize, room: usize) -> usize {
    let enough = wanted.next_power_of_two();
    if enough <= room { enough } else { enough / 2 }
}
