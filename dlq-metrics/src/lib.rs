#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod books;
mod bounded;
mod by_rule;
mod calls;
pub mod export;
mod lag;
mod listener;
#[cfg(feature = "prometheus")]
mod metrics;
mod name;
#[cfg(feature = "process")]
mod process;
pub mod reference;
mod register;

pub use books::Books;
#[cfg(feature = "otel")]
pub use export::OpenTelemetry;
#[cfg(feature = "prometheus")]
pub use export::{CONTENT_TYPE, Prometheus};
pub use listener::Listener;
#[cfg(feature = "prometheus")]
pub use metrics::Metrics;
pub use name::{Description, Kind, Metric, Unit};
#[cfg(feature = "process")]
pub use process::Process;
