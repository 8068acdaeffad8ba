//! [`Ticket`]: the answer to one submission.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::{Fate, ItemError};

/// Resolves to the fate of one item. Dropping it is harmless: the item is written all the same.
#[derive(Debug)]
#[must_use = "the item is written without it, too, but nobody hears what became of it"]
pub struct Ticket<O, E>(oneshot::Receiver<Fate<O, E>>);

/// The other half of a ticket.
pub(super) type Stub<O, E> = oneshot::Sender<Fate<O, E>>;

impl<O, E> Ticket<O, E> {
    pub(super) fn new() -> (Stub<O, E>, Self) {
        let (stub, fate) = oneshot::channel();
        (stub, Self(fate))
    }
}

impl<O, E> Future for Ticket<O, E> {
    type Output = Fate<O, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|told| told.unwrap_or(Err(ItemError::HandedBack)))
    }
}
