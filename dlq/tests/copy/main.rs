//! `dlq copy`: everything moves, whatever happens on the way.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test may panic, and its parts use each other")]

#[allow(unused_imports, reason = "each test file uses its part")]
#[path = "../rig/mod.rs"]
mod rig;

mod ends;
mod killed;
mod on_the_way;
