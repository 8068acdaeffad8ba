//! Runnable answers to what people ask. Each stands in `examples/`, runs without anything to install, and ends by
//! itself:
//!
//! | question | command |
//! |---|---|
//! | How do I capture dead letters and send them home? | `cargo run -p dlq-examples --example 01_quickstart` |
//! | How do I use a storage without Kafka? | `cargo run -p dlq-examples --example 02_storage_only` |
//! | How do I read a framework's headers without a storage? | `cargo run -p dlq-examples --example 03_dialects_only` |
//! | How do I count what happens, without our server? | `cargo run -p dlq-examples --example 04_metrics_only` |
//! | How do I capture into a store of my own? | `cargo run -p dlq-examples --example 05_capture_into_your_own_store` |
#![forbid(unsafe_code)]
