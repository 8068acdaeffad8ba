//! [`CpuMeter`]: how busy this process is.

use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// The least time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How busy this process is; everyone may ask at once, and the system is asked at most every 250 ms.
///
/// ```
/// use dlq_core::engine::gate::CpuMeter;
/// use std::time::{Duration, Instant};
///
/// let meter = CpuMeter::default();
/// let now = Instant::now();
/// assert_eq!(meter.share(now), None, "one look tells nothing");
/// let share = meter.share(now + Duration::from_secs(1));
/// assert!(share.is_none_or(|share| (0.0..=1.0).contains(&share)));
/// ```
#[derive(Debug, Default)]
pub struct CpuMeter {
    looks: Mutex<Looks>,
}

impl CpuMeter {
    /// The share of the cores it may use that this process used between the last two looks, 0 to 1; `None` before the
    /// second, and where the system does not tell.
    #[must_use]
    pub fn share(&self, now: Instant) -> Option<f64> {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.is_due(now) {
            looks.look(now, busy());
        }
        looks.share
    }
}

#[derive(Debug, Default)]
struct Looks {
    last: Option<Look>,
    share: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    busy: Option<Duration>,
}

impl Looks {
    fn is_due(&self, now: Instant) -> bool {
        self.last.is_none_or(|last| now.saturating_duration_since(last.at) >= LOOK_EVERY)
    }

    fn look(&mut self, now: Instant, busy: Option<Duration>) {
        let before = self.last.replace(Look { at: now, busy });
        self.share = before.and_then(|before| {
            let busy = busy?.saturating_sub(before.busy?).as_secs_f64();
            let elapsed = now.saturating_duration_since(before.at).as_secs_f64();
            (elapsed > 0.0).then(|| (busy / elapsed).min(1.0))
        });
    }
}

/// For how long this process has kept a core busy, on the average of those it may use; `None` if the system does not tell.
fn busy() -> Option<Duration> {
    let cores = available_parallelism().ok()?.get();
    Some(cpu_time()? / u32::try_from(cores).ok()?)
}

#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};

    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
}

#[cfg(not(unix))]
const fn cpu_time() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_between_the_last_two_looks() {
        let begin = Instant::now();
        let mut looks = Looks::default();
        let mut look = |at: u64, busy: Option<u64>| {
            looks.look(begin + Duration::from_secs(at), busy.map(Duration::from_secs));
            looks.share
        };
        assert_eq!(look(0, Some(100)), None, "one look tells nothing");
        assert_eq!(look(10, Some(105)), Some(0.5));
        assert_eq!(look(20, Some(105)), Some(0.0));
        assert_eq!(look(30, None), None);
        assert_eq!(look(40, Some(130)), None, "unknown is unknown");
        assert_eq!(look(41, Some(190)), Some(1.0), "clocks that disagree do not make more than all");
    }

    #[test]
    fn the_system_is_asked_every_so_often() {
        let (begin, mut looks) = (Instant::now(), Looks::default());
        assert!(looks.is_due(begin));
        looks.look(begin, None);
        assert!(!looks.is_due(begin + LOOK_EVERY / 2));
        assert!(looks.is_due(begin + LOOK_EVERY));
    }

    #[cfg(unix)]
    #[test]
    fn the_system_tells_how_busy_the_process_was() {
        assert!(busy().unwrap() > Duration::ZERO);
    }
}
