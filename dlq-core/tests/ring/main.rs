//! The ring buffer as its users meet it: threads, tasks, failures, and how it is built.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod build;
mod failure;
mod tasks;
mod threads;

use std::time::Duration;

/// Longer than anything here takes, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);
