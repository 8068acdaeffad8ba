//! [`Process`]: what this process takes of the machine.

use std::fmt;
use std::sync::Arc;

use metrics::Recorder;
use metrics_process::Collector;

use crate::register::describe;

/// Memory, processor time, files and threads of this process, under the names that every Prometheus client uses.
pub struct Process {
    collector: Collector,
    recorder: Arc<dyn Recorder + Send + Sync>,
}

impl Process {
    /// Tells this recorder.
    #[must_use]
    pub fn new(recorder: Arc<dyn Recorder + Send + Sync>) -> Self {
        describe(&*recorder);
        Self { collector: Collector::default(), recorder }
    }

    /// Looks, and tells what stands. Quick enough to be done whenever somebody asks for the numbers.
    pub fn look(&self) {
        metrics::with_local_recorder(&*self.recorder, || self.collector.collect());
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Process")
    }
}
