#![allow(unsafe_code)]

use std::collections::VecDeque;
use std::fmt;

use super::Room;
use super::batch::{Fill, hand_back, task_until_room, try_value, try_values, until_room};
use crate::engine::ring::cursor::{beyond, distance};
use crate::engine::ring::error::{Failure, Refusal, Refused};
use crate::engine::ring::ring_buffer::RingBuffer;
use crate::engine::ring::sync::Arc;
use crate::engine::ring::wait::{Task, ThreadWait, WaitStrategy};

/// One producer of many: a clone is another. Dropping the last closes the ring.
///
/// A write that panics leaves a slot claimed that nobody can fill: it ends the ring for everybody.
pub struct MultiProducer<T, W: WaitStrategy = Task> {
    room: Arc<Room<T, W>>,
}

impl<T, W: WaitStrategy> Clone for MultiProducer<T, W> {
    fn clone(&self) -> Self {
        Self { room: Arc::clone(&self.room) }
    }
}

impl<T, W: WaitStrategy> MultiProducer<T, W> {
    pub(crate) fn new(room: Room<T, W>) -> Self {
        Self { room: Arc::new(room) }
    }

    #[inline]
    fn fill(&self) -> AmongMany<'_, T, W> {
        AmongMany { room: &self.room }
    }
}

impl<T, W: WaitStrategy> MultiProducer<T, W> {
    /// How many slots the ring has.
    pub fn capacity(&self) -> usize {
        self.room.ring().slots.capacity()
    }

    /// How many slots are free, at this moment; none once the ring is closed.
    pub fn remaining_capacity(&self) -> usize {
        self.room.ring().head.claimed().map_or(0, |next| self.room.remaining(next))
    }

    /// Refuses everything from now on, from all producers; consumers end when they have had what was published.
    pub fn close(&self) {
        self.room.ring().close();
    }

    /// Writes into one slot, in place, and publishes it.
    ///
    /// # Errors
    /// The ring is full, closed or has failed; `write` was not called.
    #[inline]
    pub fn try_publish_with(&self, write: impl FnMut(&mut T)) -> Result<(), Refusal> {
        self.fill().try_fill(1, write).map(drop)
    }

    /// Writes into as many slots as are free, at most `max`, in place, and publishes them together. Says how many; 0
    /// only for a `max` of 0.
    ///
    /// # Errors
    /// The ring is full, closed or has failed; `write` was not called.
    #[inline]
    pub fn try_publish_each(&self, max: usize, write: impl FnMut(&mut T)) -> Result<usize, Refusal> {
        self.fill().try_fill(max, write)
    }
}

/// Slots that may be empty: values move in.
impl<V, W: WaitStrategy> MultiProducer<Option<V>, W> {
    /// Publishes a value if there is room for it.
    ///
    /// # Errors
    /// The ring is full, closed or has failed. The value comes back.
    #[inline]
    pub fn try_publish(&self, value: V) -> Result<(), Refused<V>> {
        let mut value = Some(value);
        hand_back(try_value(&mut self.fill(), &mut value), value)
    }

    /// Publishes as many values as there is room for, from the front, together. Says how many.
    ///
    /// # Errors
    /// The ring is full, closed or has failed. The values stay.
    pub fn try_publish_batch(&self, values: &mut VecDeque<V>) -> Result<usize, Refusal> {
        try_values(&mut self.fill(), values)
    }
}

/// For threads, which wait for room as the strategy says.
impl<T, W: ThreadWait> MultiProducer<T, W> {
    /// Writes into one slot, in place, and publishes it.
    ///
    /// # Errors
    /// The ring is closed or has failed; `write` was not called.
    #[inline]
    pub fn publish_with(&self, mut write: impl FnMut(&mut T)) -> Result<(), Refusal> {
        until_room(self.fill(), |fill| fill.try_fill(1, &mut write)).map(drop)
    }

    /// Writes into that many slots, in place, and publishes them in as few runs as room allows.
    ///
    /// # Errors
    /// The ring is closed or has failed; what was written until then is published.
    #[inline]
    pub fn publish_each(&self, count: usize, mut write: impl FnMut(&mut T)) -> Result<(), Refusal> {
        let mut left = count;
        while left > 0 {
            left -= until_room(self.fill(), |fill| fill.try_fill(left, &mut write))?;
        }
        Ok(())
    }
}

/// For threads, and slots that may be empty.
impl<V, W: ThreadWait> MultiProducer<Option<V>, W> {
    /// Publishes a value, once there is room for it.
    ///
    /// # Errors
    /// The ring is closed or has failed. The value comes back.
    pub fn publish(&self, value: V) -> Result<(), Refused<V>> {
        let mut value = Some(value);
        hand_back(until_room(self.fill(), |fill| try_value(fill, &mut value)), value)
    }

    /// Publishes all values, from the front, in as few runs as room allows.
    ///
    /// # Errors
    /// The ring is closed or has failed. What was not published stays.
    pub fn publish_batch(&self, values: &mut VecDeque<V>) -> Result<(), Refusal> {
        while !values.is_empty() {
            until_room(self.fill(), |fill| try_values(fill, values))?;
        }
        Ok(())
    }
}

/// For tasks, and slots that may be empty.
impl<V> MultiProducer<Option<V>, Task> {
    /// Publishes a value, once there is room for it. A future that is dropped before it is ready has published
    /// nothing, and drops the value.
    ///
    /// # Errors
    /// The ring is closed or has failed. The value comes back.
    pub async fn publish(&self, value: V) -> Result<(), Refused<V>> {
        let mut value = Some(value);
        let answer = task_until_room(self.fill(), |fill| try_value(fill, &mut value)).await;
        hand_back(answer, value)
    }

    /// Publishes all values, from the front, in as few runs as room allows. What a dropped future has not published
    /// is still in `values`.
    ///
    /// # Errors
    /// The ring is closed or has failed. What was not published stays.
    pub async fn publish_batch(&self, values: &mut VecDeque<V>) -> Result<(), Refusal> {
        while !values.is_empty() {
            task_until_room(self.fill(), |fill| try_values(fill, values)).await?;
        }
        Ok(())
    }
}

/// The way to fill slots while others do, too.
struct AmongMany<'r, T, W: WaitStrategy> {
    room: &'r Room<T, W>,
}

impl<T, W: WaitStrategy> AmongMany<'_, T, W> {
    /// A run of free slots that from now on is ours.
    #[inline]
    fn claim(&self, max: usize) -> Result<(u64, u64), Refusal> {
        let Room { end, .. } = self.room;
        loop {
            let from = self.room.ring().head.claimed().ok_or(Refusal::Closed)?;
            let wanted = beyond(from, max);
            let mut to = wanted.min(end.load());
            if to < wanted {
                let seen = self.room.look();
                end.advance_to(seen);
                to = wanted.min(seen);
            }
            if max == 0 {
                return Ok((from, from));
            }
            if to <= from {
                return Err(Refusal::Full);
            }
            if self.room.ring().head.claim(from, to) {
                return Ok((from, to));
            }
        }
    }
}

impl<'r, T, W: WaitStrategy> Fill<'r, T, W> for AmongMany<'r, T, W> {
    #[inline]
    fn ring(&self) -> &'r RingBuffer<T, W> {
        self.room.ring()
    }

    #[inline]
    fn try_fill(&mut self, max: usize, mut write: impl FnMut(&mut T)) -> Result<usize, Refusal> {
        let ring = self.room.ring();
        if let Some(failure) = ring.failure() {
            return Err(Refusal::Failed(failure));
        }
        let (from, to) = self.claim(max)?;
        let unfinished = Unfinished(ring);
        // SAFETY: the claim gave this run to us alone, and nobody reads it before `publish_claim`. That those of the
        // lap before are done with it was learnt by the acquiring load that the room's end comes from.
        unsafe { ring.slots.write(from..to, &mut write) };
        std::mem::forget(unfinished);
        ring.head.publish_claim(from, to);
        ring.signal_items();
        Ok(distance(from, to))
    }
}

/// A claim whose write panics, unless it is forgotten.
struct Unfinished<'r, T, W: WaitStrategy>(&'r RingBuffer<T, W>);

impl<T, W: WaitStrategy> Drop for Unfinished<'_, T, W> {
    fn drop(&mut self) {
        self.0.fail(Failure::ProducerPanicked);
    }
}

impl<T, W: WaitStrategy> fmt::Debug for MultiProducer<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiProducer").field("ring", self.room.ring()).finish_non_exhaustive()
    }
}
