//! Many records sent home: preview, then claim, send, settle, batch by batch.

mod plan;
mod preview;
mod runner;

pub use plan::{RedrivePlan, RedriveSelect};
pub use preview::{Preview, preview};
pub use runner::{Redrive, RedriveReport, RedriveStopped};
