//! Waiting for a future on a thread that has nothing else to do: it is parked, never spinning.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// Parks until `future` has come to its end.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = waker();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

/// The same, for at most `timeout`; `None` if that was too short.
pub(super) fn wait_at_most<F: Future>(timeout: Duration, future: F) -> Option<F::Output> {
    let began = Instant::now();
    let mut future = pin!(future);
    let waker = waker();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        let left = timeout.checked_sub(began.elapsed()).filter(|left| !left.is_zero())?;
        thread::park_timeout(left);
    }
}
