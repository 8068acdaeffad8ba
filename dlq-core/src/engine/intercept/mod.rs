//! Before and after: those who look on while batches and records pass.
//!
//! ```
//! use std::sync::Arc;
//! use dlq_core::engine::intercept::{Counting, Interceptors, Masking, OutcomeKind, RecordOutcome};
//! # use dlq_core::record::{Body, Captured, Content};
//! # use dlq_core::{DlqRecord, Timestamp};
//! # let content = Content::pack([], Body::Null, Body::Present(br#"{"id": 7, "card": {"number": "4000"}}"#))?;
//! # let captured = Captured { content: Some(content), ..Captured::default() };
//! # let record = DlqRecord::new(captured, Timestamp::from_millis(0));
//!
//! let counting = Arc::new(Counting::default());
//! let masking = Masking::builder().header("authorization").field("card.number").build()?;
//! let chain = Interceptors::default().with(Arc::new(masking)).with(Arc::clone(&counting) as _);
//!
//! let record = chain.before_record(record);
//! let payload = record.captured.content.as_ref().and_then(|content| content.payload().bytes());
//! assert_eq!(payload, Some(br#"{"id": 7, "card": {"number": "***"}}"#.as_slice()));
//!
//! chain.after_record(&record, &RecordOutcome::Stored);
//! assert_eq!(counting.outcomes()[OutcomeKind::Stored], 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod interceptor;
mod outcome;

mod chain;

mod counting;
mod logging;
mod masking;

pub use chain::Interceptors;
pub use counting::Counting;
pub use interceptor::{BatchInfo, BatchOutcome, Interceptor};
pub use logging::Logging;
pub use masking::{Masking, MaskingBuilder, NotJson};
pub use outcome::{OutcomeCounts, OutcomeKind, RecordOutcome};
