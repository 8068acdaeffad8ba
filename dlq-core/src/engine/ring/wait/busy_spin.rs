use super::{Bell, ThreadWait, WaitStrategy};
use crate::engine::ring::sync::spin_loop;

/// How often it hints that it spins, once, before it asks a second time: about a microsecond.
const HINTS: usize = 64;

/// Asks again and again. The quickest, as long as each thread has a core of its own.
///
/// Who has just caught up leaves the others a moment in which to get ahead. Asked for each time it moves, a cursor's
/// cache line would go back and forth for every single item.
#[derive(Debug, Clone, Copy, Default)]
pub struct BusySpin;

impl WaitStrategy for BusySpin {
    const PARKS: bool = false;
}

impl ThreadWait for BusySpin {
    #[inline]
    fn until<R>(&self, _: &Bell, mut ready: impl FnMut() -> Option<R>) -> R {
        if let Some(answer) = ready() {
            return answer;
        }
        // In a model of interleavings, there is no moment.
        let hints = if cfg!(loom) { 1 } else { HINTS };
        (0..hints).for_each(|_| spin_loop());
        loop {
            if let Some(answer) = ready() {
                return answer;
            }
            spin_loop();
        }
    }
}
