//! The answer to one submission.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::park;

/// Waits for the answer to one item: a future, or [`wait`](Ticket::wait) for a thread. Dropping it changes nothing: the
/// item is handled all the same.
#[derive(Debug)]
#[must_use = "it tells what became of the item; drop it if that does not matter"]
pub struct Ticket<T, R>(oneshot::Receiver<Answer<T, R>>);

/// What a handler answered, or why there is no answer.
pub type Answer<T, R> = Result<R, NotHandled<T>>;

/// Why an item has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHandled<T> {
    /// Its handler panicked.
    #[error("the handler panicked: {0}")]
    Panicked(String),
    /// Its handler came to its end without an answer for it.
    #[error("the handler gave no answer")]
    Unanswered,
    /// The processor was stopped before a handler took it; here it is.
    #[error("not handled: the processor was stopped")]
    Stopped(T),
    /// Its handler was cut short when the time to stop was over, or its runtime ended: what it did is unknown.
    #[error("cut short: what the handler did is unknown")]
    CutShort,
}

impl<T, R> Ticket<T, R> {
    pub(super) fn new() -> (oneshot::Sender<Answer<T, R>>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(receiver))
    }

    /// Parks the thread until the answer is there. Not for a thread that drives tasks.
    ///
    /// # Errors
    ///
    /// As the future's: why there is no answer.
    pub fn wait(self) -> Answer<T, R> {
        park::wait(self)
    }
}

impl<T, R> Future for Ticket<T, R> {
    type Output = Answer<T, R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(NotHandled::CutShort)))
    }
}
