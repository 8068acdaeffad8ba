//! `dlq copy`: everything moves, whatever happens on the way.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(unused_imports, reason = "each test file uses its part")]
#[path = "../rig/mod.rs"]
mod rig;

mod ends;
mod killed;
mod on_the_way;
