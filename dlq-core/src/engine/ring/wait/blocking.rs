use std::task::{Context, Poll, Wake, Waker};

use super::bell::Place;
use super::{Bell, ThreadWait, WaitStrategy, spin_briefly};
use crate::engine::ring::sync::{Thread, current, park};

/// Asks for a moment, then parks the thread until somebody has something for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blocking;

impl WaitStrategy for Blocking {
    const PARKS: bool = true;
}

impl ThreadWait for Blocking {
    fn until<R>(&self, bell: &Bell, mut ready: impl FnMut() -> Option<R>) -> R {
        if let Some(answer) = spin_briefly(&mut ready) {
            return answer;
        }
        let mut place = Place::at(bell);
        let waker = Waker::from(std::sync::Arc::new(Sleeper(current())));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(answer) = place.poll(&mut context, &mut ready) {
                return answer;
            }
            park();
        }
    }
}

/// A parked thread is woken as a task is.
struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}
