#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod record;

mod clock;

mod invalid;

pub mod observe;

pub mod policy;

pub mod engine;

pub mod storage;

pub mod retry;

pub mod handler;

pub mod redrive;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp, millis};
pub use invalid::Invalid;
pub use observe::{DlqEvent, Observer, Observers};
pub use record::{DlqRecord, DlqStatus, ErrorType, RecordId, TopicName};
pub use storage::{DlqStorage, DlqStorageExt, MemoryStorage};
