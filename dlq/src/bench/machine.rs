//! [`Machine`]: what figures depend on.

use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::time::{Duration, Instant};

use serde::Serialize;

/// How often a write is made durable to see how long that takes.
const SYNCS: usize = 51;
/// How much is written each time: a page of the SQLite storage.
const SYNCED_BYTES: usize = 16_384;

/// What figures depend on.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// How many cores this process may use.
    pub cores: usize,
    /// The kernel's release.
    pub kernel: String,
    /// The median time that a write of 16 KiB and its `fdatasync` take in the directory of temporary files, in
    /// milliseconds.
    pub fsync_ms: f64,
}

impl Machine {
    /// Looks at the machine.
    ///
    /// # Errors
    /// The system does not tell, or the directory of temporary files cannot be written to.
    pub(super) fn look() -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned();
        Ok(Self { cores, kernel, fsync_ms: fsync()?.as_secs_f64() * 1e3 })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, kernel, fsync_ms } = self;
        write!(f, "{cores} cores, Linux {kernel}, fsync {fsync_ms:.2} ms")
    }
}

fn fsync() -> std::io::Result<Duration> {
    let path = std::env::temp_dir().join(format!("dlq-bench-{}", uuid::Uuid::now_v7().simple()));
    let mut file = File::create_new(&path)?;
    let mut times = (0..SYNCS).map(|_| write_durably(&mut file)).collect::<std::io::Result<Vec<_>>>();
    fs::remove_file(&path)?;
    let times = times.as_mut().map_err(|error| std::io::Error::from(error.kind()))?;
    times.sort_unstable();
    Ok(times[SYNCS / 2])
}

fn write_durably(file: &mut File) -> std::io::Result<Duration> {
    let begun = Instant::now();
    file.write_all(&[0; SYNCED_BYTES])?;
    file.sync_data()?;
    Ok(begun.elapsed())
}
