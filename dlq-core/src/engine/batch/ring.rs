//! The queue between those who submit and the worker that fills a batch: a ring, whose slots are reused.

use crate::engine::ring::{InvalidRing, MultiProducer, RingBuffer, Task, Worker};
use crate::invalid::Invalid;

/// Where entries come in, from any number of tasks.
pub(super) type Inlet<E> = MultiProducer<Option<E>>;

/// Where they come out, in order. Of two outlets each entry goes to one.
pub(super) type Outlet<E> = Worker<Option<E>>;

/// A ring of `capacity` slots, and two outlets: one for whoever fills, one for whoever wants the oldest entry out.
pub(super) fn ring<E: Send>(capacity: usize) -> Result<(Inlet<E>, [Outlet<E>; 2]), Invalid> {
    let ring = RingBuffer::builder(capacity, || None)?.wait(Task).multi_producer();
    let (ring, outlets) = ring.workers(2)?;
    let two = |outlets: Vec<_>| InvalidRing {
        field: "workers",
        value: outlets.len().to_string(),
        allowed: "as many as were asked for",
    };
    Ok((ring.build(), outlets.try_into().map_err(two)?))
}

impl From<InvalidRing> for Invalid {
    fn from(InvalidRing { value, allowed, .. }: InvalidRing) -> Self {
        Self { field: "queue", value, allowed }
    }
}
