//! `dlq bench`: what capture costs, beside a bare program that does nothing but poll and write.
//!
//! | file | what |
//! |---|---|
//! | `scenario` | what is measured, and in which order |
//! | `topic` | the dead letters in Kafka, made for the bench and deleted after it |
//! | `place` | an empty storage for each run |
//! | `assignment` | what a measured process is told, and what it answers |
//! | `ours` | one measured run of the product: what `dlq serve` does |
//! | `bare` | one measured run of the bare program |
//! | `meter` | rate, latency, CPU and memory of one run |
//! | `report` | medians and ratios, as a table and as JSON |
//! | `machine` | what the figures depend on |
//!
//! Every run is a process of its own, so that its CPU and its memory are its own. The two programs take turns, so that a
//! machine that is shared slows both.

mod assignment;
mod bare;
mod machine;
mod meter;
mod ours;
mod place;
mod report;
mod scenario;
mod topic;

pub use assignment::{Assignment, Program};
pub use machine::Machine;
pub use meter::Measurement;
pub use report::{Compared, Report};
pub use scenario::Scenario;
