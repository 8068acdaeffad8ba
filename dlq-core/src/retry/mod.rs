//! From a claim to its outcome: the port through which a record is sent home, and how what came of it is settled.

mod settle;
mod sink;

pub use settle::{settle_until_answered, settlement_of};
pub use sink::{Sent, Sink};
