//! Dead letters go home.

mod config;
mod letter;
mod redrive;

pub use config::SinkConfig;
pub use redrive::KafkaSink;
