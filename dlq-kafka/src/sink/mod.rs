//! Dead letters go home.

mod config;
mod delivery;
mod letter;
mod redrive;

pub use config::SinkConfig;
pub use redrive::KafkaSink;
