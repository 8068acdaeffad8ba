use std::time::Duration;

use super::{Bell, ThreadWait, WaitStrategy, spin_briefly};
use crate::engine::ring::sync::sleep;

/// Asks for a moment, and from then on sleeps between two questions. Nobody has to wake it.
#[derive(Debug, Clone, Copy)]
pub struct Sleeping {
    /// How long it sleeps at a time; the system may add some 50 µs to it. 50 µs if not said otherwise.
    pub nap: Duration,
}

impl Default for Sleeping {
    fn default() -> Self {
        Self { nap: Duration::from_micros(50) }
    }
}

impl WaitStrategy for Sleeping {
    const PARKS: bool = false;
}

impl ThreadWait for Sleeping {
    fn until<R>(&self, _: &Bell, mut ready: impl FnMut() -> Option<R>) -> R {
        if let Some(answer) = spin_briefly(&mut ready) {
            return answer;
        }
        loop {
            if let Some(answer) = ready() {
                return answer;
            }
            sleep(self.nap);
        }
    }
}
