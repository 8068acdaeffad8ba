//! Joins a ring, in the only order that can be written: capacity, waiting, producers, consumers, done.

use std::fmt;
use std::marker::PhantomData;

use super::barrier::{Barrier, Stage};
use super::buffer::Slots;
use super::consumer::{Consumer, Worker, workers};
use super::error::InvalidRing;
use super::head::Head;
use super::producer::{Inlet, MultiProducer, Room, SingleProducer};
use super::ring_buffer::RingBuffer;
use super::sync::Arc;
use super::wait::{Task, WaitStrategy};

impl<T> RingBuffer<T, Task> {
    /// Begins a ring of `capacity` slots, each made once, now, by `factory`.
    ///
    /// A ring whose values move in and out has slots of `Option`: the factory is `|| None`.
    ///
    /// # Errors
    /// `capacity` is not a power of two.
    pub fn builder(capacity: usize, factory: impl FnMut() -> T) -> Result<Builder<T>, InvalidRing> {
        if !capacity.is_power_of_two() {
            let allowed = "a power of two, such as 1024";
            return Err(InvalidRing { field: "capacity", value: capacity.to_string(), allowed });
        }
        Ok(Builder { slots: Slots::new(capacity, factory) })
    }
}

/// A ring of which only the slots are known.
#[derive(Debug)]
pub struct Builder<T> {
    slots: Slots<T>,
}

impl<T> Builder<T> {
    /// How all who use the ring wait: see the [strategies](super::wait).
    pub fn wait<W: WaitStrategy>(self, strategy: W) -> Waiting<T, W> {
        Waiting { slots: self.slots, wait: strategy }
    }
}

/// A ring of which the slots and the waiting are known.
#[derive(Debug)]
pub struct Waiting<T, W> {
    slots: Slots<T>,
    wait: W,
}

impl<T, W: WaitStrategy> Waiting<T, W> {
    /// One producer, which publishes without an atomic step that others could lose.
    pub fn single_producer(self) -> Stages<T, W, Single, Nobody> {
        self.stages(Head::single())
    }

    /// Any number of producers.
    pub fn multi_producer(self) -> Stages<T, W, Multi, Nobody> {
        let capacity = self.slots.capacity();
        self.stages(Head::multi(capacity))
    }

    fn stages<P>(self, head: Head) -> Stages<T, W, P, Nobody> {
        let ring = RingBuffer::new(self.slots, head, self.wait);
        Stages {
            inlet: Inlet(Arc::new(ring)),
            count: 0,
            before: Vec::new(),
            last: Vec::new(),
            kind: PhantomData,
        }
    }
}

/// One producer.
#[derive(Debug)]
pub struct Single;

/// Many producers.
#[derive(Debug)]
pub struct Multi;

/// No consumer yet, so no producer either: nothing would hold it back.
#[derive(Debug)]
pub struct Nobody;

/// At least one consumer.
#[derive(Debug)]
pub struct Somebody;

/// A ring whose consumers are being added. Dropping it unfinished closes the ring.
pub struct Stages<T, W: WaitStrategy, P, C> {
    inlet: Inlet<T, W>,
    /// How many there are.
    count: usize,
    /// What whoever is added now comes after, whatever else it does.
    before: Vec<Arc<Stage>>,
    /// Those that nobody comes after yet.
    last: Vec<Arc<Stage>>,
    kind: PhantomData<(P, C)>,
}

impl<T: Send, W: WaitStrategy, P, C> Stages<T, W, P, C> {
    /// Adds a consumer that sees every item, beside the other consumers, and after the last group of workers if there
    /// is one.
    pub fn broadcast(self) -> (Stages<T, W, P, Somebody>, Consumer<T, W>)
    where
        T: Sync,
    {
        let after = self.before.clone();
        self.consumer(after)
    }

    /// Adds a group of workers that share the items among them, each free to change what it gets. It comes after all
    /// that were added before, and all that are added from now on come after it: nobody looks on while it changes a
    /// slot.
    ///
    /// # Errors
    /// `count` is 0.
    #[expect(clippy::type_complexity, reason = "what the builder became, and what it made")]
    pub fn workers(
        mut self,
        count: usize,
    ) -> Result<(Stages<T, W, P, Somebody>, Vec<Worker<T, W>>), InvalidRing> {
        if count == 0 {
            return Err(InvalidRing { field: "workers", value: "0".to_owned(), allowed: "1 or more" });
        }
        let stage = Arc::new(Stage::group(self.count, count));
        let after = std::mem::take(&mut self.last);
        self.before = vec![Arc::clone(&stage)];
        let workers = workers(self.barrier(after), &stage);
        Ok((self.with(stage), workers))
    }

    fn consumer(self, after: Vec<Arc<Stage>>) -> (Stages<T, W, P, Somebody>, Consumer<T, W>) {
        let stage = Arc::new(Stage::broadcast(self.count));
        let consumer = Consumer::new(self.barrier(after), Arc::clone(&stage));
        (self.with(stage), consumer)
    }

    fn barrier(&self, after: Vec<Arc<Stage>>) -> Barrier<T, W> {
        after.iter().for_each(|stage| stage.follow());
        Barrier { ring: Arc::clone(&self.inlet.0), after: after.into() }
    }

    /// The builder with one stage more.
    fn with(mut self, stage: Arc<Stage>) -> Stages<T, W, P, Somebody> {
        self.last.retain(|stage| !stage.is_followed());
        self.last.push(stage);
        let Self { inlet, count, before, last, .. } = self;
        Stages { inlet, count: count + 1, before, last, kind: PhantomData }
    }
}

impl<T: Send, W: WaitStrategy, P> Stages<T, W, P, Somebody> {
    /// The next consumer comes after these: it sees an item when all of them have handled it.
    ///
    /// # Errors
    /// There are none, or one of them is of another ring.
    pub fn after<'c>(
        self,
        consumers: impl IntoIterator<Item = &'c Consumer<T, W>>,
    ) -> Result<After<T, W, P>, InvalidRing>
    where
        T: 'c,
    {
        let mut after = self.before.clone();
        let known = after.len();
        for consumer in consumers {
            if !consumer.is_of(&self.inlet.0) {
                let value = format!("{consumer:?}");
                return Err(InvalidRing { field: "after", value, allowed: "a consumer of the same ring" });
            }
            after.push(Arc::clone(consumer.stage()));
        }
        if after.len() == known {
            return Err(InvalidRing {
                field: "after",
                value: "empty".to_owned(),
                allowed: "one consumer or more",
            });
        }
        Ok(After { stages: self, after })
    }
}

impl<T: Send, W: WaitStrategy> Stages<T, W, Single, Somebody> {
    /// The ring is complete: here is its producer.
    pub fn build(self) -> SingleProducer<T, W> {
        SingleProducer::new(Room::new(self.inlet, self.last.into()))
    }
}

impl<T: Send, W: WaitStrategy> Stages<T, W, Multi, Somebody> {
    /// The ring is complete: here is its first producer.
    pub fn build(self) -> MultiProducer<T, W> {
        MultiProducer::new(Room::new(self.inlet, self.last.into()))
    }
}

/// A ring whose next consumer is known to come after others.
pub struct After<T, W: WaitStrategy, P> {
    stages: Stages<T, W, P, Somebody>,
    after: Vec<Arc<Stage>>,
}

impl<T: Send + Sync, W: WaitStrategy, P> After<T, W, P> {
    /// Adds a consumer that sees every item.
    pub fn broadcast(self) -> (Stages<T, W, P, Somebody>, Consumer<T, W>) {
        self.stages.consumer(self.after)
    }
}

impl<T, W: WaitStrategy, P, C> fmt::Debug for Stages<T, W, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stages").field("count", &self.count).finish_non_exhaustive()
    }
}

impl<T, W: WaitStrategy, P> fmt::Debug for After<T, W, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("After").field("stages", &self.stages).finish_non_exhaustive()
    }
}
