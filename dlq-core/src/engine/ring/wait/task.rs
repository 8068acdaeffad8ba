use std::future::poll_fn;

use super::bell::Place;
use super::{Bell, WaitStrategy};

/// Parks the asynchronous task that waits, whatever executor runs it. A future that is dropped while it waits leaves
/// no trace, and passes on a call that was meant for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Task;

impl WaitStrategy for Task {
    const PARKS: bool = true;
}

impl Task {
    /// Asks `ready` until it answers, each time `bell` is rung.
    pub(crate) async fn until<R>(bell: &Bell, mut ready: impl FnMut() -> Option<R>) -> R {
        let mut place = Place::at(bell);
        poll_fn(|context| place.poll(context, &mut ready)).await
    }
}
