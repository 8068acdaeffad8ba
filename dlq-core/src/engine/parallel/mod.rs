//! How many travel side by side: lanes that keep their order, and workers that steal whole lanes.
//!
//! ```text
//!  submit ──► lane of the key          ready lanes                     workers
//!
//!             lane 0  ▒▒▒▒▒▒▒ ─┐                                deque 0  [4][7][1] ──► worker 0: lane 9, item by item
//!             lane 1  ▒        │   ┌─────────────────┐  several
//!             lane 2           ├──►│ 5  0  3  …      │ ───────► deque 1  [6]       ──► worker 1: lane 2
//!             lane 3  ▒▒▒      │   └─────────────────┘  at once   ▲
//!               …             ─┘            ▲                     │ half of them, when it has none
//!                                           └── turn over,        └─────────────── deque 2  ──► worker 2
//!                                               not empty
//! ```
//!
//! Every item goes into a *lane*, a queue. [`Partitioning`] says what shares one: what has the same key, what comes from
//! the same partition, or nothing in particular. A lane with items stands in exactly one place, in the line, in a worker's
//! deque or in a worker's hands, and a thief takes the lane with all that is in it, never an item out of it.
//!
//! # What is promised
//!
//! - Items of one lane are handled one after the other, in the order in which they were let in, and never two at once.
//! - Between lanes there is no order. Two keys may share a lane by chance, and then they are in order too.
//! - A lane is left after a turn of [`turn`](ParallelConfig::turn) items when another waits: a long lane holds no other up
//!   but by one turn. A handler that never ends holds its own lane and its worker, and nothing else.
//! - A handler that panics fails its item and no other. Every item that is let in is handed to a handler once; or it is
//!   handed back when [`stop`](ParallelProcessor::stop) runs out of time. What happened is told by the [`Ticket`] and in the
//!   [statistics](ParallelStatistics).
//! - No more than [`pending_max`](ParallelConfig::pending_max) items are in lanes and handlers; submitters wait, parked.
//! - A worker sleeps only while no lane is ready. There are no timers, and nothing spins.
//!
//! # Threads or tasks
//!
//! [`on_threads`](ParallelProcessor::on_threads) needs no runtime and suits handlers that compute or block;
//! [`on_tokio`](ParallelProcessor::on_tokio) suits handlers that wait for others, with far more workers than cores. It is the
//! same machine: a worker is a future, driven by a thread of its own or by tokio.
//!
//! `tokio::spawn` for each item is simpler, and right, where nothing has to stay in order and something else bounds how
//! many items there are. It is also right where the work of an item takes milliseconds and a lock for each key is at hand.
//!
//! ```
//! use std::time::Duration;
//! use dlq_core::engine::parallel::{ParallelConfig, ParallelProcessor, Place, each};
//!
//! let lengths = ParallelProcessor::on_threads(&ParallelConfig::new(2), each(|text: String| text.len()))?;
//! let lane = lengths.lane(&Place::key(b"customer-7"));
//! let ticket = lengths.submit_blocking(lane, "hello".to_owned())?;
//! assert_eq!(ticket.wait(), Ok(5));
//! assert_eq!(lengths.stop_blocking(Duration::from_secs(10)).unfinished, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod affinity;
mod config;
mod handler;
mod idle;
mod lane;
mod park;
mod partition;
mod pool;
mod processor;
mod run;
mod statistics;
mod steal;
mod submit;
mod ticket;
mod worker;

#[cfg(test)]
mod tests;

pub use affinity::Pinning;
pub use config::{ParallelConfig, StartError};
pub use handler::{
    Each, EachAsync, InRuns, InRunsAsync, LaneHandler, each, each_async, in_runs, in_runs_async,
};
pub use partition::{Lane, Partitioner, Partitioning, Place};
pub use processor::{Leftover, ParallelProcessor};
pub use run::Run;
pub use statistics::{LaneStatistics, ParallelStatistics, WorkerStatistics};
pub use submit::{BatchRefused, Refused};
pub use ticket::{Answer, NotHandled, Ticket};
