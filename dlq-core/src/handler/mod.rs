//! The parts, joined: a source hands over batches, the intake stores them and answers.

mod fate;
mod intake;
mod refused;
mod source;
mod writer;

pub use crate::engine::gate::{Budget, Permit};
pub use intake::{Intake, IntakeConfig, IntakeHandle};
pub use refused::QuarantineRule;
pub use source::{Batch, Receipt, Refusal};
