//! The parts, joined. Records come in one of two ways, and are stored by the same writer:
//!
//! ```text
//! a program ──► DlqHandler::submit ──► gates ──► ring ──► batches, or lanes ──┐
//!               interceptors, dedup    wait, drop,        by Mode             ├─► writer ──► storage, quarantine
//!                                      turn away                              │
//! a source ───► IntakeHandle::batches ── whole batches, a budget in bytes ────┘
//! ```
//!
//! What comes from a source is never dropped: while the storage is slow, the source is not answered, and pauses. What a
//! program submits is dropped only by a strategy that it chose, and every record is accounted for.

mod admission;
mod attempt;
mod books;
mod builder;
mod dedup;
mod desk;
mod dlq_handler;
mod fate;
mod handling;
mod intake;
mod losses;
mod metrics;
mod mode;
mod pulse;
mod refused;
mod source;
mod submission;
mod writer;

pub use crate::engine::gate::{Budget, Permit};
pub use books::HandlerAccount;
pub use builder::{DlqHandlerBuilder, ErrorSection, NoStorage, NotStarted};
pub use dlq_handler::{DlqHandler, Leftover, NotTaken};
pub use fate::Fate;
pub use handling::{HandlingError, RecordHandler};
pub use intake::{Intake, IntakeConfig, IntakeHandle};
pub use metrics::HandlerMetrics;
pub use mode::Mode;
pub use refused::QuarantineRule;
pub use source::{Batch, Receipt, Refusal};
pub use submission::{HandedBack, Ticket};
