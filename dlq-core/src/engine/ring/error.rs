//! What can go wrong with a ring.

use std::sync::Arc;

use thiserror::Error;

/// A ring that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} is {value}; it must be {allowed}")]
pub struct InvalidRing {
    /// What was given.
    pub field: &'static str,
    /// As what.
    pub value: String,
    /// What would do.
    pub allowed: &'static str,
}

/// Why a ring takes nothing now, or ever again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No slot is free: the slowest consumer is a whole ring behind. Never the answer of a call that waits.
    #[error("the ring is full")]
    Full,
    /// It was closed.
    #[error("the ring is closed")]
    Closed,
    /// It failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A value that a ring did not take, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct Refused<V> {
    /// What was not taken.
    pub value: V,
    /// Why not.
    pub reason: Refusal,
}

/// What ended a ring before its time. Of several failures the first is told, to everybody.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// A handler panicked; what it was handling is not handled.
    #[error("consumer {consumer} of the ring panicked: {message}")]
    ConsumerPanicked {
        /// The how-manieth the builder made, from 0; the workers of a group are one.
        consumer: usize,
        /// The panic's message, where it was text.
        message: Arc<str>,
    },
    /// A consumer, or the last worker of a group, was dropped while there was, or might still come, something for it.
    #[error("consumer {consumer} of the ring was dropped before the ring had ended")]
    ConsumerDropped {
        /// The how-manieth the builder made, from 0; the workers of a group are one.
        consumer: usize,
    },
    /// One of many producers panicked while it wrote into a slot it had claimed: no consumer may see that slot, nor
    /// pass it.
    #[error("a producer of the ring panicked while it wrote into a slot")]
    ProducerPanicked,
}
