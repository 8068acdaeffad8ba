//! The in-memory store keeps the contract, with and without limits; and with them it keeps to these.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod contract;
mod limits;
