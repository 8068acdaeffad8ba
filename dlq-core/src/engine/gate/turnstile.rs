//! [`Turnstile`]: the one place where one waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, Notify};
use tokio::time::timeout;

use super::Wait;

/// The one place where one waits: a task sleeps here until something is given back, and asks again. Nobody spins, no
/// wake-up is lost, and whoever gives up waiting makes way for the next. Clones are the same turnstile.
///
/// Tasks line up in the order in which they come, and the first in line alone is woken; once it has passed, the next one
/// asks. So those who wait at one turnstile should wait for the same thing.
///
/// ```
/// use dlq_core::engine::gate::{Turnstile, Wait};
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (turnstile, free) = (Turnstile::default(), AtomicBool::new(false));
/// let give_back = async {
///     free.store(true, Ordering::Release);
///     turnstile.given_back();
/// };
/// let ask = || if free.load(Ordering::Acquire) { Ok("in") } else { Err(Wait::UNTIL_GIVEN_BACK) };
/// let (answer, ()) = tokio::join!(turnstile.pass(ask), give_back);
/// assert_eq!(answer, "in");
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Turnstile {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// How many wait; while some do, whoever comes lines up behind them.
    waiting: AtomicUsize,
    /// Held by the first in line. Its queue is the line.
    first: Mutex<()>,
    /// Wakes the first in line, and remembers one call that came while nobody listened.
    given_back: Notify,
}

impl Turnstile {
    /// Asks until the answer is not to wait. `ask` is called at once if nobody waits, else by the first in line: when it
    /// becomes the first, whenever something was given back, and when the longest wait that it named is over. What it
    /// takes must come back by itself where its answer is dropped.
    ///
    /// # Panics
    /// Outside of a Tokio runtime, where a wait has an end.
    pub async fn pass<T>(&self, mut ask: impl FnMut() -> Result<T, Wait>) -> T {
        if self.waiting() == 0
            && let Ok(answer) = ask()
        {
            return answer;
        }
        let _waiting = Waiting::begin(&self.shared.waiting);
        let _first = self.shared.first.lock().await;
        loop {
            let wait = match ask() {
                Ok(answer) => return answer,
                Err(wait) => wait,
            };
            let given_back = self.shared.given_back.notified();
            match wait.at_most {
                None => given_back.await,
                Some(at_most) => drop(timeout(at_most, given_back).await),
            }
        }
    }

    /// Says that something was given back, or that it is all over: the first in line asks again, and if it passes, the
    /// next one does.
    pub fn given_back(&self) {
        self.shared.given_back.notify_one();
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }
}

/// Counts as waiting until it is dropped.
struct Waiting<'t>(&'t AtomicUsize);

impl<'t> Waiting<'t> {
    fn begin(waiting: &'t AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[path = "turnstile_tests.rs"]
mod tests;
