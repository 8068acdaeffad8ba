//! Ways out: what keeps the numbers for those who collect them.

#[cfg(feature = "otel")]
mod otel;
#[cfg(feature = "prometheus")]
mod prometheus;

#[cfg(feature = "otel")]
pub use otel::OpenTelemetry;
#[cfg(feature = "prometheus")]
pub use prometheus::{CONTENT_TYPE, Prometheus};
