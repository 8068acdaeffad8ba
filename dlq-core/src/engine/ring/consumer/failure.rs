//! A handler that panics is news for everybody at the ring, not silence.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::engine::ring::error::Failure;
use crate::engine::ring::ring_buffer::RingBuffer;
use crate::engine::ring::wait::WaitStrategy;

/// Runs what a handler does; if it panics, the ring has failed before the panic goes on.
#[inline]
pub(super) fn guarded<T, W: WaitStrategy, R>(
    ring: &RingBuffer<T, W>,
    consumer: usize,
    work: impl FnOnce() -> R,
) -> R {
    // What the handler holds is for the caller to judge, who gets the panic; the ring hands out nothing more.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        ring.fail(Failure::ConsumerPanicked { consumer, message: message(&*panic).into() });
        resume_unwind(panic)
    })
}

/// Runs a consumer to its end; a panic of its handler becomes the failure that everybody else is told.
pub(super) fn to_the_end<T, W: WaitStrategy>(
    ring: &RingBuffer<T, W>,
    all: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    catch_unwind(AssertUnwindSafe(all)).unwrap_or_else(|panic| match ring.failure() {
        Some(failure) => Err(failure),
        None => resume_unwind(panic),
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(not text)")
}
