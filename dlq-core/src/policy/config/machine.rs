//! [`Machine`]: what there is to work with here.

use std::fs::read_to_string;
use std::path::Path;

/// What a machine, or the container around this process, has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Cores that this process may use; `None` where the system does not tell.
    pub cores: Option<usize>,
    /// Memory that this process may use, in bytes; `None` where the system does not tell.
    pub memory_bytes: Option<u64>,
}

const CGROUPS: &str = "/sys/fs/cgroup";

impl Machine {
    /// This machine. Memory is the least of what the machine has and what each control group around this process allows; it
    /// is known on Linux only.
    #[must_use]
    pub fn here() -> Self {
        let whole = read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
        let group = read_to_string("/proc/self/cgroup").unwrap_or_default();
        let allowed = limits(&group).filter_map(|file| read_to_string(file).ok()?.trim().parse().ok());
        Self {
            cores: std::thread::available_parallelism().ok().map(Into::into),
            memory_bytes: whole.into_iter().chain(allowed).min(),
        }
    }
}

/// What `/proc/meminfo` tells: `MemTotal:  16318480 kB`.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The files that may tell a limit: of the group that `/proc/self/cgroup` names, of each group around it, and, for a
/// container that sees its own group as the root, of that. A file that says `max` tells none.
fn limits(cgroup: &str) -> impl Iterator<Item = std::path::PathBuf> {
    let line = |line: &str| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let (root, file) = match controllers {
            "" => (CGROUPS.to_owned(), "memory.max"),
            "memory" => (format!("{CGROUPS}/memory"), "memory.limit_in_bytes"),
            _ => return None,
        };
        let groups = Path::new(path.trim_start_matches('/')).ancestors().map(Path::to_path_buf);
        Some(groups.map(move |group| Path::new(&root).join(group).join(file)).collect::<Vec<_>>())
    };
    cgroup.lines().filter_map(line).flatten().collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_kernel_writes_it() {
        assert_eq!(total("MemTotal:       16318480 kB\nMemFree:         100 kB\n"), Some(16_318_480 * 1024));
        for strange in ["", "MemFree: 1 kB", "MemTotal: many kB", "MemTotal: 18446744073709551615 kB"] {
            assert_eq!(total(strange), None, "{strange}");
        }
    }

    #[test]
    fn every_group_around_this_process_may_tell_a_limit() {
        let files = |text| limits(text).map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(
            files("0::/pods/dlq\n"),
            [
                "/sys/fs/cgroup/pods/dlq/memory.max",
                "/sys/fs/cgroup/pods/memory.max",
                "/sys/fs/cgroup/memory.max"
            ]
        );
        assert_eq!(files("4:cpu:/a\n3:memory:/\nnonsense"), ["/sys/fs/cgroup/memory/memory.limit_in_bytes"]);
    }

    #[test]
    fn this_machine_has_at_least_one_core() {
        assert_ne!(Machine::here().cores, Some(0));
    }
}
