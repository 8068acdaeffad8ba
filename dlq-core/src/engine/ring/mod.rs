//! A ring buffer in the Disruptor manner: slots that are made once and reused, and sequences that say who may touch
//! which.
//!
//! ```text
//!              released                  published                   claimed          room ends: released + capacity
//!                 │                          │                          │                          │
//!   ──────────────┼──────────────────────────┼──────────────────────────┼──────────────────────────┼───── sequence ─→
//!    of the lap   │  consumers may read,     │  producers write: each   │  free                    │  still in use
//!    before       │  workers claim in runs   │  its claim, in any order │                          │  one lap earlier
//! ```
//!
//! A sequence only grows; the slot it means is the sequence modulo the capacity, a power of two.
//!
//! # Who is at a ring
//!
//! - One [`SingleProducer`], or any number of [`MultiProducer`]s. They publish one or many at once.
//! - [`Consumer`]s, each of which sees everything, in order, beside or [after](Stages::after) one another.
//! - Groups of [`Worker`]s: each item goes to one of a group, which may change it or take it out of its slot. A group
//!   comes after all that were added before it, and before all that are added after it.
//!
//! ```
//! use dlq_core::engine::ring::{Blocking, RingBuffer};
//!
//! let ring = RingBuffer::builder(1024, || 0)?.wait(Blocking).single_producer();
//! let (ring, consumer) = ring.broadcast();
//! let mut producer = ring.build();
//!
//! let sum = std::thread::spawn(move || {
//!     let mut sum = 0;
//!     consumer.run(|number, _, _| sum += number).map(|()| sum)
//! });
//! for number in 1..=100 {
//!     producer.publish_with(|slot| *slot = number)?;
//! }
//! drop(producer);
//! assert_eq!(sum.join().unwrap()?, 5050);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it ends
//!
//! When the last producer is dropped, or one of many calls [`close`](MultiProducer::close), consumers are handed what
//! was published and then end. When a consumer panics or is dropped before, or a producer of many panics while it
//! writes, the ring has failed: producers are refused with the [`Failure`], whether they wait or not, and consumers
//! get it after what still came through to them.
//!
//! # Which ordering means what
//!
//! Slots are handed over by release and acquire on the cursors alone: whoever publishes or lets go stores after its
//! last access, and whoever comes next loads before its first (Thompson et al., *Disruptor: High performance
//! alternative to bounded queues*, 2011). The one place that needs more is sleeping: "nobody waits" and "nothing is
//! there" are two facts in two places, so a sequentially consistent fence stands between writing one and reading the
//! other, on both sides. Only the strategies that park pay for it, once per publishing or release.
//!
//! # When a channel is simpler
//!
//! The ring pays where many small items pass, their memory is worth keeping, several must see the same item, or the
//! oldest must be droppable. For a few large things an hour, or when the number of consumers changes while it runs, a
//! channel of `tokio` or `std` says the same in one line.

mod available;
mod barrier;
mod buffer;
mod builder;
mod consumer;
mod cursor;
mod error;
mod head;
mod producer;
mod ring_buffer;
mod sync;
pub mod wait;

pub use builder::{After, Builder, Multi, Nobody, Single, Somebody, Stages, Waiting};
pub use consumer::{Consumer, Worker};
pub use error::{Failure, InvalidRing, Refusal, Refused};
pub use producer::{MultiProducer, SingleProducer};
pub use ring_buffer::RingBuffer;
pub use wait::{Blocking, BusySpin, Sleeping, Task, ThreadWait, WaitStrategy, Yielding};
