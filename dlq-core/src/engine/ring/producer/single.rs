#![allow(unsafe_code)]

use std::collections::VecDeque;
use std::fmt;

use super::Room;
use super::batch::{Fill, hand_back, task_until_room, try_value, try_values, until_room};
use crate::engine::ring::cursor::{beyond, distance};
use crate::engine::ring::error::{Refusal, Refused};
use crate::engine::ring::ring_buffer::RingBuffer;
use crate::engine::ring::wait::{Task, ThreadWait, WaitStrategy};

/// The only producer of a ring. Dropping it closes the ring.
///
/// A write that panics publishes nothing, and the ring goes on.
pub struct SingleProducer<T, W: WaitStrategy = Task> {
    room: Room<T, W>,
    position: Position,
}

struct Position {
    /// The sequence that is published next.
    next: u64,
    /// How far one may go, as last seen.
    end: u64,
}

impl<T, W: WaitStrategy> SingleProducer<T, W> {
    pub(crate) fn new(room: Room<T, W>) -> Self {
        let position = Position { next: 0, end: room.look() };
        Self { room, position }
    }

    #[inline]
    fn fill(&mut self) -> Alone<'_, T, W> {
        Alone { room: &self.room, position: &mut self.position }
    }
}

impl<T, W: WaitStrategy> SingleProducer<T, W> {
    /// How many slots the ring has.
    pub fn capacity(&self) -> usize {
        self.room.ring().slots.capacity()
    }

    /// How many slots are free, at this moment.
    pub fn remaining_capacity(&self) -> usize {
        self.room.remaining(self.position.next)
    }

    /// Writes into one slot, in place, and publishes it.
    ///
    /// # Errors
    /// The ring is full or has failed; `write` was not called.
    #[inline]
    pub fn try_publish_with(&mut self, write: impl FnMut(&mut T)) -> Result<(), Refusal> {
        self.fill().try_fill(1, write).map(drop)
    }

    /// Writes into as many slots as are free, at most `max`, in place, and publishes them together. Says how many; 0
    /// only for a `max` of 0.
    ///
    /// # Errors
    /// The ring is full or has failed; `write` was not called.
    #[inline]
    pub fn try_publish_each(&mut self, max: usize, write: impl FnMut(&mut T)) -> Result<usize, Refusal> {
        self.fill().try_fill(max, write)
    }
}

/// Slots that may be empty: values move in.
impl<V, W: WaitStrategy> SingleProducer<Option<V>, W> {
    /// Publishes a value if there is room for it.
    ///
    /// # Errors
    /// The ring is full or has failed. The value comes back.
    #[inline]
    pub fn try_publish(&mut self, value: V) -> Result<(), Refused<V>> {
        let mut value = Some(value);
        hand_back(try_value(&mut self.fill(), &mut value), value)
    }

    /// Publishes as many values as there is room for, from the front, together. Says how many.
    ///
    /// # Errors
    /// The ring is full or has failed. The values stay.
    pub fn try_publish_batch(&mut self, values: &mut VecDeque<V>) -> Result<usize, Refusal> {
        try_values(&mut self.fill(), values)
    }
}

/// For threads, which wait for room as the strategy says.
impl<T, W: ThreadWait> SingleProducer<T, W> {
    /// Writes into one slot, in place, and publishes it.
    ///
    /// # Errors
    /// The ring has failed; `write` was not called.
    #[inline]
    pub fn publish_with(&mut self, mut write: impl FnMut(&mut T)) -> Result<(), Refusal> {
        until_room(self.fill(), |fill| fill.try_fill(1, &mut write)).map(drop)
    }

    /// Writes into that many slots, in place, and publishes them in as few runs as room allows.
    ///
    /// # Errors
    /// The ring has failed; what was written until then is published.
    #[inline]
    pub fn publish_each(&mut self, count: usize, mut write: impl FnMut(&mut T)) -> Result<(), Refusal> {
        let mut left = count;
        while left > 0 {
            left -= until_room(self.fill(), |fill| fill.try_fill(left, &mut write))?;
        }
        Ok(())
    }
}

/// For threads, and slots that may be empty.
impl<V, W: ThreadWait> SingleProducer<Option<V>, W> {
    /// Publishes a value, once there is room for it.
    ///
    /// # Errors
    /// The ring has failed. The value comes back.
    pub fn publish(&mut self, value: V) -> Result<(), Refused<V>> {
        let mut value = Some(value);
        hand_back(until_room(self.fill(), |fill| try_value(fill, &mut value)), value)
    }

    /// Publishes all values, from the front, in as few runs as room allows.
    ///
    /// # Errors
    /// The ring has failed. What was not published stays.
    pub fn publish_batch(&mut self, values: &mut VecDeque<V>) -> Result<(), Refusal> {
        while !values.is_empty() {
            until_room(self.fill(), |fill| try_values(fill, values))?;
        }
        Ok(())
    }
}

/// For tasks, and slots that may be empty.
impl<V> SingleProducer<Option<V>, Task> {
    /// Publishes a value, once there is room for it. A future that is dropped before it is ready has published
    /// nothing, and drops the value.
    ///
    /// # Errors
    /// The ring has failed. The value comes back.
    pub async fn publish(&mut self, value: V) -> Result<(), Refused<V>> {
        let mut value = Some(value);
        let answer = task_until_room(self.fill(), |fill| try_value(fill, &mut value)).await;
        hand_back(answer, value)
    }

    /// Publishes all values, from the front, in as few runs as room allows. What a dropped future has not published
    /// is still in `values`.
    ///
    /// # Errors
    /// The ring has failed. What was not published stays.
    pub async fn publish_batch(&mut self, values: &mut VecDeque<V>) -> Result<(), Refusal> {
        while !values.is_empty() {
            task_until_room(self.fill(), |fill| try_values(fill, values)).await?;
        }
        Ok(())
    }
}

/// The way to fill slots when nobody else does.
struct Alone<'r, T, W: WaitStrategy> {
    room: &'r Room<T, W>,
    position: &'r mut Position,
}

impl<'r, T, W: WaitStrategy> Fill<'r, T, W> for Alone<'r, T, W> {
    #[inline]
    fn ring(&self) -> &'r RingBuffer<T, W> {
        self.room.ring()
    }

    #[inline]
    fn try_fill(&mut self, max: usize, mut write: impl FnMut(&mut T)) -> Result<usize, Refusal> {
        let (ring, Position { next, end }) = (self.room.ring(), &mut *self.position);
        if let Some(failure) = ring.failure() {
            return Err(Refusal::Failed(failure));
        }
        let (from, wanted) = (*next, beyond(*next, max));
        if wanted > *end {
            *end = self.room.look();
            if *end <= from {
                return Err(Refusal::Full);
            }
        }
        let to = wanted.min(*end);
        // SAFETY: nobody reads these slots before `publish_to`, and nobody else writes, as this borrows the only
        // producer mutably. That those of the lap before are done with them was learnt by the acquiring load that
        // `end` comes from.
        unsafe { ring.slots.write(from..to, &mut write) };
        *next = to;
        ring.head.publish_to(to);
        ring.signal_items();
        Ok(distance(from, to))
    }
}

impl<T, W: WaitStrategy> fmt::Debug for SingleProducer<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleProducer").field("next", &self.position.next).finish_non_exhaustive()
    }
}
