//! What producers do, whether alone or one of many: written once, in terms of [`Fill`].

use std::collections::VecDeque;

use crate::engine::ring::error::{Refusal, Refused};
use crate::engine::ring::ring_buffer::RingBuffer;
use crate::engine::ring::wait::{Task, ThreadWait, WaitStrategy};

/// What one producer alone and one of many do differently.
pub(super) trait Fill<'r, T: 'r, W: WaitStrategy> {
    fn ring(&self) -> &'r RingBuffer<T, W>;

    /// Writes into as many slots as are free, at most `max`, and publishes them together. 0 only for a `max` of 0.
    ///
    /// # Errors
    /// No slot is free, or none will ever be again.
    fn try_fill(&mut self, max: usize, write: impl FnMut(&mut T)) -> Result<usize, Refusal>;
}

/// Makes a thread wait while the ring is full.
#[inline]
pub(super) fn until_room<'r, T: 'r, W: ThreadWait, F: Fill<'r, T, W>, R>(
    mut producer: F,
    mut attempt: impl FnMut(&mut F) -> Result<R, Refusal>,
) -> Result<R, Refusal> {
    let ring = producer.ring();
    ring.wait.until(&ring.room, || unless_full(attempt(&mut producer)))
}

/// Makes a task wait while the ring is full.
pub(super) async fn task_until_room<'r, T: 'r, F: Fill<'r, T, Task>, R>(
    mut producer: F,
    mut attempt: impl FnMut(&mut F) -> Result<R, Refusal>,
) -> Result<R, Refusal> {
    let ring = producer.ring();
    Task::until(&ring.room, || unless_full(attempt(&mut producer))).await
}

/// Full is a reason to wait; everything else is an answer.
fn unless_full<R>(answer: Result<R, Refusal>) -> Option<Result<R, Refusal>> {
    if matches!(answer, Err(Refusal::Full)) { None } else { Some(answer) }
}

/// Moves one value into a slot.
#[inline]
pub(super) fn try_value<'r, V: 'r, W: WaitStrategy>(
    producer: &mut impl Fill<'r, Option<V>, W>,
    value: &mut Option<V>,
) -> Result<(), Refusal> {
    producer.try_fill(1, |slot| *slot = value.take()).map(drop)
}

/// Moves values into slots, from the front, as many as there is room for.
pub(super) fn try_values<'r, V: 'r, W: WaitStrategy>(
    producer: &mut impl Fill<'r, Option<V>, W>,
    values: &mut VecDeque<V>,
) -> Result<usize, Refusal> {
    producer.try_fill(values.len(), |slot| *slot = values.pop_front())
}

/// The value that was not taken, with the reason. Only a refusal leaves it in place.
pub(super) fn hand_back<V>(answer: Result<(), Refusal>, value: Option<V>) -> Result<(), Refused<V>> {
    match (answer, value) {
        (Err(reason), Some(value)) => Err(Refused { value, reason }),
        _ => Ok(()),
    }
}
