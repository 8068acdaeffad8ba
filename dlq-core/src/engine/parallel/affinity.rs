//! Threads may ask for a core of their own, and are told whether they got it.

use serde::Serialize;

/// What came of the wish that a worker stays on one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pinning {
    /// Nobody asked.
    NotAsked,
    /// The worker stays on the core of this number.
    Core(usize),
    /// It could not be done, and this is why.
    Impossible(&'static str),
}

/// Pins the calling thread, the `worker`-th of its processor, to one of the cores that the process may use: in turn, if
/// there are fewer cores than workers.
#[cfg(feature = "affinity")]
pub(super) fn pin(worker: usize) -> Pinning {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    match cores.iter().cycle().nth(worker) {
        None => Pinning::Impossible("the machine does not tell its cores"),
        Some(core) if core_affinity::set_for_current(*core) => Pinning::Core(core.id),
        Some(_) => Pinning::Impossible("the machine refused"),
    }
}

/// Says that it cannot.
#[cfg(not(feature = "affinity"))]
pub(super) fn pin(_: usize) -> Pinning {
    Pinning::Impossible("built without the feature `affinity`")
}
