//! How many travel together: batches by size or deadline, and a sink that answers for each item.
//!
//! ```text
//!  submit ──►           ┌ worker 1 ─ fills ─┬─ writes ───────┬─ fills ─ …
//!  submit ──►   queue ──┤                   │                │
//!  submit ──►           └ worker 2 ─ writes ┴─ fills ─┬──────┴─ writes …
//!    ▲                                                │
//!    └── ticket ◄── listener ◄── a fate for each item ┘
//! ```
//!
//! One worker at a time fills, so batches are as full as they can be and items keep their order of arrival; the others
//! write meanwhile. A batch is written once it is full, or once its first item has waited for
//! [`linger`](BatchConfig::linger), the time in the queue included: where the sink lags, nobody waits for company that
//! is there already.
//!
//! | you want | take |
//! |---|---|
//! | items written together, and an answer for each | [`BatchProcessor`] with a [`BatchSink`] |
//! | numbers that fit a purpose | [`BatchConfig::DEFAULT`], [`LOW_LATENCY`](BatchConfig::LOW_LATENCY), [`HIGH_THROUGHPUT`](BatchConfig::HIGH_THROUGHPUT) |
//! | to gather batches in a loop of your own | [`Accumulator`] |
//! | to size batches by how long they take | [`Sizer`] |
//!
//! ```
//! use dlq_core::engine::batch::{BatchConfig, BatchProcessor, BatchSink};
//!
//! struct Lengths;
//!
//! impl BatchSink<String> for Lengths {
//!     type Outcome = usize;
//!     type Error = &'static str;
//!
//!     async fn write(&self, items: &[String]) -> Vec<Result<usize, &'static str>> {
//!         items.iter().map(|item| if item.is_empty() { Err("empty") } else { Ok(item.len()) }).collect()
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let processor = BatchProcessor::start(BatchConfig::LOW_LATENCY, Lengths)?;
//! let ticket = processor.submit_with_ticket("four".to_owned()).await?;
//! assert_eq!(ticket.await, Ok(4));
//! let left = processor.stop(std::time::Duration::from_secs(5)).await;
//! assert!(left.is_empty());
//! # Ok(())
//! # }
//! ```

mod accumulator;

mod sizer;

mod profile;

mod sink;

mod ticket;

mod ring;

mod filler;

mod worker;

mod stop;

mod processor;

mod stats;

pub use accumulator::{Accumulator, Full};
pub use processor::{BatchProcessor, Stopped, StoppedMidway, TrySubmitError};
pub use profile::BatchConfig;
pub use sink::{BatchSink, Fate, ItemError};
pub use sizer::{BatchSizing, Sizer};
pub use stats::{BatchStats, Latency};
pub use stop::Left;
pub use ticket::Ticket;
pub use worker::Finished;

#[cfg(test)]
mod tests;
