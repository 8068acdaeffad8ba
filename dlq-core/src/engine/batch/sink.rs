//! [`BatchSink`]: the port where batches end, and the answer for each item.

use std::any::Any;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Takes batches of `T` and answers for each item.
///
/// # Behavior
/// - The answers come in the order of the items, one for each. Anything else is no answer: each item of the batch then
///   gets an error, and so it does if the sink panics.
/// - What fails as a whole is answered so for each item.
/// - Writing is safe to repeat: who stops a processor in the middle of a write gets the items back, and may hand them in
///   again.
/// - Its future may be dropped before it has answered, once a processor that is told to stop has run out of time.
pub trait BatchSink<T>: Send + Sync + 'static {
    /// What is told of an item that was written.
    type Outcome: Send + 'static;
    /// Why an item was not.
    type Error: Send + 'static;

    /// Writes a batch: one to [`BatchSizing::max`](super::BatchSizing::max) items.
    fn write(&self, items: &[T]) -> impl Future<Output = Vec<Result<Self::Outcome, Self::Error>>> + Send;

    /// How many bytes an item weighs. It is asked where items are handed in, and only if
    /// [`BatchConfig::bytes_max`](super::BatchConfig::bytes_max) is set. Default 0.
    fn bytes(&self, _item: &T) -> usize {
        0
    }
}

/// What became of an item: one for each that was accepted.
pub type Fate<O, E> = Result<O, ItemError<E>>;

/// Why an item was not written, or is not known to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError<E> {
    /// The sink says so.
    #[error("{0}")]
    Sink(E),
    /// The sink panicked while it wrote the batch.
    #[error("the sink panicked: {0}")]
    Panicked(String),
    /// The sink did not answer for each item of the batch, so none of its answers can be trusted.
    #[error("the sink answered for {answers} of {items} items")]
    Miscounted {
        /// How many answers it gave.
        answers: usize,
        /// How many items it was given.
        items: usize,
    },
    /// The sink was not asked, or has not answered: the item was handed back to whoever
    /// [stopped](super::BatchProcessor::stop) the processor, or [took](super::BatchProcessor::take_oldest) it.
    #[error("handed back before the sink answered")]
    HandedBack,
}

/// The fate of each item of a batch, whatever the sink does.
pub(super) async fn fates<T, S: BatchSink<T>>(sink: &S, items: &[T]) -> Vec<Fate<S::Outcome, S::Error>> {
    let each = |why: &dyn Fn() -> ItemError<S::Error>| items.iter().map(|_| Err(why())).collect();
    // A future made inside of another one panics there, too, if it panics while it is made.
    let written = AssertUnwindSafe(async { sink.write(items).await }).catch_unwind().await;
    match written {
        Ok(answers) if answers.len() == items.len() => {
            answers.into_iter().map(|answer| answer.map_err(ItemError::Sink)).collect()
        }
        Ok(answers) => {
            let (answers, items) = (answers.len(), items.len());
            tracing::error!(answers, items, "a sink did not answer for each item of a batch");
            each(&|| ItemError::Miscounted { answers, items })
        }
        Err(panic) => {
            let said = said(panic.as_ref());
            tracing::error!(panic = said, items = items.len(), "a sink panicked while it wrote a batch");
            each(&|| ItemError::Panicked(said.to_owned()))
        }
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
