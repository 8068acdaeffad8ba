//! How those wait who find nothing to do: a choice between a core and a few microseconds.
//!
//! | strategy | while waiting | wakes within | for |
//! |---|---|---|---|
//! | [`BusySpin`] | burns its core | 0.1 µs; 1 µs when it had only just caught up | threads with a core each, and nothing else on it |
//! | [`Yielding`] | burns what nobody else wants | 0.1 µs while cores are free | more threads than cores, now and then |
//! | [`Sleeping`] | next to nothing | its nap, 50 µs if not said otherwise | background work, where a signal costs the producer too much |
//! | [`Blocking`] | nothing | a few µs | threads, when in doubt |
//! | [`Task`] | nothing | as soon as the executor gets to it | asynchronous code |
//!
//! With the first three nobody signals, so publishing costs less; with the last two whoever publishes or releases
//! looks whether somebody sleeps.

mod bell;
mod blocking;
mod busy_spin;
mod sleeping;
mod task;
mod yielding;

use std::fmt::Debug;

use crossbeam_utils::Backoff;

pub use bell::Bell;
pub use blocking::Blocking;
pub use busy_spin::BusySpin;
pub use sleeping::Sleeping;
pub use task::Task;
pub use yielding::Yielding;

/// How one waits at a ring.
pub trait WaitStrategy: Debug + Send + Sync + 'static {
    /// Whether those who wait sleep until a [`Bell`] is rung. If not, none is.
    const PARKS: bool;
}

/// A strategy by which threads wait.
pub trait ThreadWait: WaitStrategy {
    /// Asks `ready` until it answers. Where the strategy parks, whoever makes `ready` answer rings `bell` afterwards.
    fn until<R>(&self, bell: &Bell, ready: impl FnMut() -> Option<R>) -> R;
}

/// Asks for some microseconds, ever more slowly, before a thread gives up its core in earnest.
fn spin_briefly<R>(ready: &mut impl FnMut() -> Option<R>) -> Option<R> {
    let backoff = Backoff::new();
    // In a model of interleavings, asking again is only more of the same.
    while !(cfg!(loom) || backoff.is_completed()) {
        if let Some(answer) = ready() {
            return Some(answer);
        }
        backoff.snooze();
    }
    None
}
