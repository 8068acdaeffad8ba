//! Those who empty slots, or look at them: consumers that see everything, and groups of workers that share.

mod broadcast;
mod failure;
mod group;

pub use broadcast::Consumer;
pub use group::Worker;
pub(crate) use group::workers;
