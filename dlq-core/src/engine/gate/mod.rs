//! May it pass now? Gates decide as functions of their state, the pressure and the time they are given; they do not sleep
//! and ask no clock. Whoever is told to wait does so in one place, the [`Turnstile`].
//!
//! # When more comes than is done: [`Backpressure`]
//!
//! | strategy | what it feels like to the caller | when to choose it |
//! |---|---|---|
//! | [`Block`](Backpressure::Block) | `submit` takes longer while all places are taken; nothing is lost | the default: whoever submits can wait |
//! | [`DropOldest`](Backpressure::DropOldest) | always at once; what waited longest makes room | only the newest is worth keeping |
//! | [`DropNewest`](Backpressure::DropNewest) | at once, or refused while all places are taken | the caller has another place for it |
//! | [`Adaptive`](Backpressure::Adaptive) | waits before all is full; drops only where that was allowed, and only while the storage is slow or failing | load comes in waves |
//! | [`Threshold`](Backpressure::Threshold) | as one of the first three, at limits of your own | the machine has other work: CPU and memory are shared |
//!
//! # How fast: [`Limiter`]
//!
//! | limiter | what it feels like | when to choose it |
//! |---|---|---|
//! | [`TokenBucket`] | a burst at once, then an even flow | to be gentle with what is behind it |
//! | [`SlidingWindow`] | all at once until the window is used up, then nothing until it has moved on | someone else counts: so many in any minute |
//!
//! # Whether at all
//!
//! | gate | what it feels like | when to choose it |
//! |---|---|---|
//! | [`CircuitBreaker`] | refused at once while what is behind it fails | calls to a failing service cost time, or keep it down |
//! | [`Budget`] | so many bytes are out and no more | records differ in size, memory does not |
//!
//! Whatever does not pass is told which [`Rule`] held it up; a [`Tally`] counts them. A [`CpuMeter`] knows how busy this
//! process is.

mod backpressure;
mod breaker;
mod budget;
mod cpu;
mod limiter;
mod pressure;
mod rule;
mod turnstile;
mod verdict;

pub use backpressure::{Adaptive, Backpressure, Gate, Relief, Threshold};
pub use breaker::{BreakerConfig, BreakerOpen, BreakerPhase, BreakerWindow, Call, CircuitBreaker, TripOn};
pub use budget::{Budget, Permit};
pub use cpu::CpuMeter;
pub use limiter::{Limiter, Rate, SlidingWindow, Throttled, TokenBucket};
pub use pressure::Pressure;
pub use rule::{Rule, Tally};
pub use turnstile::Turnstile;
pub use verdict::{Verdict, Wait};
