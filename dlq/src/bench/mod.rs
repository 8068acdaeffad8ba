//! `dlq bench`: what capture costs, beside a bare program that does nothing but poll and write.
//!
//! | file | what |
//! |---|---|
//! | `scenario` | what is measured, and in which order |
//! | `trial` | one thing that is measured, the same for every program |
//! | `topic` | the dead letters in Kafka, made for the bench and deleted after it |
//! | `place` | an empty storage for each run |
//! | `child` | a process of its own |
//! | `assignment` | what a measured process is told, and what it answers |
//! | `pace` | letters at a steady rate while another process is measured |
//! | `committed` | what a group has committed |
//! | `ours` | one measured run of the product: what `dlq serve` does |
//! | `held`, `standstill` | a storage that does not answer until enough records lie in the process |
//! | `bare` | one measured run of the bare program |
//! | `meter`, `process`, `measurement` | rate, latency, CPU and memory of one run |
//! | `report`, `goal`, `tables` | medians, ratios and goals, as JSON and as tables |
//! | `storage` | one storage by its contract, beside a bare client of its database |
//! | `load` | every mode under every strategy, and the account of each |
//! | `machine` | what the figures depend on |
//!
//! Every run is a process of its own, so that its CPU and its memory are its own. The programs take turns, so that a
//! machine that is shared slows all of them.

mod assignment;
mod bare;
mod child;
mod committed;
mod goal;
mod held;
mod load;
mod machine;
mod measurement;
mod meter;
mod ours;
mod pace;
mod place;
mod process;
mod report;
mod scenario;
mod standstill;
mod storage;
mod tables;
mod topic;
mod trial;

pub use assignment::{Assignment, Program};
pub use goal::{Goal, Verdict};
pub use load::{Carried, Load, write as write_load};
pub use machine::Machine;
pub use measurement::{Measurement, Quantiles};
pub use pace::{Pace, Sent};
pub use report::{Compared, Figures, Report, Section};
pub use scenario::{Part, Scenario};
pub use standstill::Buffered;
pub use storage::{Compared as ComparedCalls, StorageBench, StorageReport};
pub use trial::Task;
