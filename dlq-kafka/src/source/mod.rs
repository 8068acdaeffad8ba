//! Dead letters come in: consumed, captured, handed to the intake, and committed once they are stored.

mod building;
mod capture;
mod checkpoint;
mod config;
mod consumer;
mod context;
mod fetching;
mod lag;
mod offsets;
mod partitions;
mod pressure;
mod reach;
mod recreated;
mod start;
mod state;
mod subscription;
mod telling;

pub(crate) use capture::{begin, place_of};
pub use config::SourceConfig;
pub use consumer::KafkaSource;
pub use offsets::{OffsetTracker, Prefix};
