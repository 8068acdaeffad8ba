//! How records move: machines that are generic over what they carry, each useful alone.
//!
//! | folder | question | begin with |
//! |---|---|---|
//! | [`gate`] | may it pass now? | decides, never waits |
//! | [`ring`] | how does it cross between threads and tasks? | a ring buffer in the Disruptor manner |
//! | [`batch`] | how many travel together? | by size or deadline, to a sink that answers for each |
//! | [`parallel`] | how many travel side by side? | lanes that keep their order, workers that steal whole lanes |
//! | [`intercept`] | who else looks on? | before and after each batch and record |
//!
//! Only `intercept` knows what a record is. All unsafe code of the crate is in [`ring`].

pub mod gate;

pub mod ring;

pub mod batch;

pub mod parallel;

pub mod intercept;
