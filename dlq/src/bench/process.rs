//! What Linux tells of this process.

use std::fs::read_to_string;
use std::time::Duration;

use anyhow::Context;

/// What Linux counts a process's CPU in, on every platform that we know: hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time so far: fields 14 and 15 of [`/proc/self/stat`], behind the name in parentheses.
///
/// [`/proc/self/stat`]: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
pub(super) fn cpu() -> anyhow::Result<Duration> {
    let stat = read_to_string("/proc/self/stat").context("CPU is measured by /proc")?;
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = behind_name.split_whitespace().skip(11).take(2);
    let ticks: u32 = fields.map(str::parse::<u32>).sum::<Result<_, _>>().context("/proc/self/stat")?;
    Ok(TICK * ticks)
}

/// The most memory that was resident, in KiB.
pub(super) fn peak_kib() -> anyhow::Result<f64> {
    status("VmHWM:")
}

/// The memory that is resident, in KiB.
pub(super) fn resident_kib() -> anyhow::Result<f64> {
    status("VmRSS:")
}

fn status(field: &str) -> anyhow::Result<f64> {
    let status = read_to_string("/proc/self/status").context("memory is measured by /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.with_context(|| format!("/proc/self/status: no {field}"))?.parse()?)
}
