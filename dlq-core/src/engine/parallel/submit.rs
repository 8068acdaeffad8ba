//! The ways in: one item or many, waiting for room or not.

use tokio::sync::TryAcquireError;

use super::lane::{Job, Reply};
use super::park;
use super::{Lane, ParallelProcessor, Ticket};

/// An item that was not let in; here it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused<T> {
    /// As many are pending as may be.
    #[error("no room: as many items are pending as may be")]
    Full(T),
    /// The processor is stopping.
    #[error("the processor is stopping")]
    Stopping(T),
}

impl<T> Refused<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::Stopping(item) => item,
        }
    }
}

/// The processor was stopping before the whole of a batch was let in.
#[derive(Debug, thiserror::Error)]
#[error("the processor is stopping; {} items were let in, {} were not", .let_in.len(), .items.len())]
pub struct BatchRefused<T, R> {
    /// The tickets of those that were let in, in their order.
    pub let_in: Vec<Ticket<T, R>>,
    /// Those that were not, in their order.
    pub items: Vec<(Lane, T)>,
}

impl<T, R> ParallelProcessor<T, R> {
    /// Hands an item over to its lane, behind those that were handed over before; waits while there is no room. A dropped
    /// future drops the item, if it was not let in.
    ///
    /// # Errors
    ///
    /// The item, if the processor is stopping.
    pub async fn submit(&self, lane: Lane, item: T) -> Result<Ticket<T, R>, Refused<T>> {
        match self.pool.room.acquire().await {
            Ok(permit) => permit.forget(),
            Err(_) => return Err(Refused::Stopping(item)),
        }
        self.let_in(lane, item)
    }

    /// As [`submit`](Self::submit), for a thread, which is parked while there is no room. A handler that submits to its
    /// own processor waits for itself when all do: it takes [`try_submit`](Self::try_submit).
    ///
    /// # Errors
    ///
    /// The item, if the processor is stopping.
    pub fn submit_blocking(&self, lane: Lane, item: T) -> Result<Ticket<T, R>, Refused<T>> {
        park::wait(self.submit(lane, item))
    }

    /// As [`submit`](Self::submit), without waiting.
    ///
    /// # Errors
    ///
    /// The item, if there is no room or the processor is stopping.
    pub fn try_submit(&self, lane: Lane, item: T) -> Result<Ticket<T, R>, Refused<T>> {
        match self.pool.room.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(TryAcquireError::NoPermits) => return Err(Refused::Full(item)),
            Err(TryAcquireError::Closed) => return Err(Refused::Stopping(item)),
        }
        self.let_in(lane, item)
    }

    fn let_in(&self, lane: Lane, item: T) -> Result<Ticket<T, R>, Refused<T>> {
        let (reply, ticket) = Ticket::new();
        self.put(lane, Job { item, reply: Some(reply) }).map(|()| ticket)
    }

    /// Puts an item into its lane, for which there is room.
    fn put(&self, lane: Lane, job: Job<T, R>) -> Result<(), Refused<T>> {
        if !self.pool.let_in(1) {
            return Err(Refused::Stopping(job.item));
        }
        let ready = self.pool.push(lane, job).map_err(Refused::Stopping)?;
        self.pool.ready.idle.wake(usize::from(ready));
        Ok(())
    }

    /// Hands many items over at once, which costs less for each; a batch beyond the bound is let in by pieces.
    /// The tickets are in the order of the items. A dropped future drops the items that were not let in.
    ///
    /// # Errors
    ///
    /// The items that were not let in, and the tickets of those that were, if the processor is stopping.
    pub async fn submit_batch(&self, items: Vec<(Lane, T)>) -> Result<Vec<Ticket<T, R>>, BatchRefused<T, R>> {
        let all = items.len();
        let mut tickets = Vec::with_capacity(all);
        let ticket = || {
            let (reply, ticket) = Ticket::new();
            tickets.push(ticket);
            Some(reply)
        };
        match self.hand_over(items, ticket).await {
            Ok(()) => Ok(tickets),
            Err(items) => {
                tickets.truncate(all - items.len());
                Err(BatchRefused { let_in: tickets, items })
            }
        }
    }

    /// As [`submit_batch`](Self::submit_batch), for a thread, which is parked while there is no room.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn submit_batch_blocking(
        &self,
        items: Vec<(Lane, T)>,
    ) -> Result<Vec<Ticket<T, R>>, BatchRefused<T, R>> {
        park::wait(self.submit_batch(items))
    }

    /// As [`submit_batch`](Self::submit_batch), without tickets: for a handler that does with its results what is to be
    /// done. It is the cheapest way in.
    ///
    /// # Errors
    ///
    /// The items that were not let in, if the processor is stopping.
    pub async fn post_batch(&self, items: Vec<(Lane, T)>) -> Result<(), Refused<Vec<(Lane, T)>>> {
        self.hand_over(items, || None).await.map_err(Refused::Stopping)
    }

    /// As [`submit`](Self::submit), without a ticket.
    ///
    /// # Errors
    ///
    /// The item, if the processor is stopping.
    pub async fn post(&self, lane: Lane, item: T) -> Result<(), Refused<T>> {
        match self.pool.room.acquire().await {
            Ok(permit) => permit.forget(),
            Err(_) => return Err(Refused::Stopping(item)),
        }
        self.put(lane, Job { item, reply: None })
    }

    /// As [`post_batch`](Self::post_batch), for a thread, which is parked while there is no room.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn post_batch_blocking(&self, items: Vec<(Lane, T)>) -> Result<(), Refused<Vec<(Lane, T)>>> {
        park::wait(self.post_batch(items))
    }

    /// Hands back what was not let in: `items` from the first that was refused on.
    async fn hand_over(
        &self,
        items: Vec<(Lane, T)>,
        mut reply: impl FnMut() -> Reply<T, R>,
    ) -> Result<(), Vec<(Lane, T)>> {
        let mut rest = items.into_iter();
        while !rest.as_slice().is_empty() {
            let piece = u32::try_from(rest.len().min(self.pending_max)).unwrap_or(u32::MAX);
            match self.pool.room.acquire_many(piece).await {
                Ok(permits) => permits.forget(),
                Err(_) => return Err(rest.collect()),
            }
            if !self.pool.let_in(piece as usize) {
                return Err(rest.collect());
            }
            self.push_piece(&mut rest, piece as usize, &mut reply)?;
        }
        Ok(())
    }

    /// Puts so many items into their lanes, for which there is room, and wakes as many workers as lanes became ready.
    fn push_piece(
        &self,
        rest: &mut impl Iterator<Item = (Lane, T)>,
        piece: usize,
        reply: &mut impl FnMut() -> Reply<T, R>,
    ) -> Result<(), Vec<(Lane, T)>> {
        let mut ready = 0;
        for pushed in 0..piece {
            let Some((lane, item)) = rest.next() else { break };
            match self.pool.push(lane, Job { item, reply: reply() }) {
                Ok(became_ready) => ready += usize::from(became_ready),
                Err(item) => {
                    self.pool.let_out(piece - pushed - 1);
                    self.pool.ready.idle.wake(ready);
                    return Err(std::iter::once((lane, item)).chain(rest).collect());
                }
            }
        }
        self.pool.ready.idle.wake(ready);
        Ok(())
    }
}
