use super::{Bell, ThreadWait, WaitStrategy, spin_briefly};
use crate::engine::ring::sync::yield_now;

/// Asks for a moment, and from then on lets others have the core between two questions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Yielding;

impl WaitStrategy for Yielding {
    const PARKS: bool = false;
}

impl ThreadWait for Yielding {
    fn until<R>(&self, _: &Bell, mut ready: impl FnMut() -> Option<R>) -> R {
        if let Some(answer) = spin_briefly(&mut ready) {
            return answer;
        }
        loop {
            if let Some(answer) = ready() {
                return answer;
            }
            yield_now();
        }
    }
}
