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
//!
//! # Joined
//!
//! ```
//! use dlq_core::engine::gate::{Backpressure, Gate, Pressure, Rule, Tally, Turnstile, Verdict};
//! use std::collections::VecDeque;
//! use std::sync::Mutex;
//!
//! struct Inbox {
//!     gate: Gate,
//!     turnstile: Turnstile,
//!     queue: Mutex<VecDeque<u32>>,
//!     dropped: Tally,
//! }
//!
//! impl Inbox {
//!     /// Waits for a place as the strategy says; a refused letter comes back with the rule that refused it.
//!     async fn submit(&self, letter: u32) -> Result<(), (u32, Rule)> {
//!         let ask = || {
//!             let mut queue = self.queue.lock().unwrap();
//!             loop {
//!                 match self.gate.check(&Pressure::of(queue.len(), 2)) {
//!                     Verdict::Pass => return Ok(Ok(queue.push_back(letter))),
//!                     Verdict::Wait { wait, .. } => return Err(wait),
//!                     Verdict::Refuse { rule } => return Ok(Err((letter, rule))),
//!                     Verdict::DropOldest { rule } => {
//!                         queue.pop_front();
//!                         self.dropped.count(rule, 1);
//!                     }
//!                 }
//!             }
//!         };
//!         self.turnstile.pass(ask).await
//!     }
//!
//!     fn take(&self) -> Option<u32> {
//!         let taken = self.queue.lock().unwrap().pop_front();
//!         self.turnstile.given_back();
//!         taken
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), dlq_core::Invalid> {
//! let inbox = |strategy| -> Result<Inbox, dlq_core::Invalid> {
//!     let gate = Gate::new(strategy)?;
//!     Ok(Inbox { gate, turnstile: Turnstile::default(), queue: Mutex::default(), dropped: Tally::default() })
//! };
//!
//! let patient = inbox(Backpressure::Block)?;
//! let fill = async { for letter in 1..=3 { patient.submit(letter).await.unwrap() } };
//! let (_, taken) = tokio::join!(fill, async { patient.take() });
//! assert_eq!((taken, patient.take(), patient.take()), (Some(1), Some(2), Some(3)));
//!
//! let forgetful = inbox(Backpressure::DropOldest)?;
//! for letter in 1..=3 {
//!     forgetful.submit(letter).await.unwrap();
//! }
//! assert_eq!((forgetful.take(), forgetful.dropped.total()), (Some(2), 1));
//! # Ok(())
//! # }
//! ```

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
