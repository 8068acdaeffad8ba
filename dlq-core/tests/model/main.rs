//! The engine's machines beside naive twins: whatever is done to both, both must answer alike.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod ring;
