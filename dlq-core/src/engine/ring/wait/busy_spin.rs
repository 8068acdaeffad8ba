use super::{Bell, ThreadWait, WaitStrategy};
use crate::engine::ring::sync::spin_loop;

/// Asks again and again. The quickest, as long as each thread has a core of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct BusySpin;

impl WaitStrategy for BusySpin {
    const PARKS: bool = false;
}

impl ThreadWait for BusySpin {
    #[inline]
    fn until<R>(&self, _: &Bell, mut ready: impl FnMut() -> Option<R>) -> R {
        loop {
            if let Some(answer) = ready() {
                return answer;
            }
            spin_loop();
        }
    }
}
