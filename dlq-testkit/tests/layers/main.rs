//! Storage layers: around any storage the contract is kept, and each does the one thing that it is for.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod contract;
mod faults;
