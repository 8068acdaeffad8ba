//! Server processes: signalled and frozen by their number, with all that they started.

use std::fs;
use std::process::Command;

/// Sends a signal, such as `STOP`, to a process.
pub(super) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &pid.to_string()]).status().unwrap();
    assert!(sent.success(), "no process {pid} took SIG{name}");
}

/// Freezes a process and then its children: frozen itself, it starts no more of them.
pub(super) fn freeze(pid: u32) {
    signal(pid, "STOP");
    children(pid).into_iter().for_each(|child| signal(child, "STOP"));
}

/// The reverse of [`freeze`].
pub(super) fn thaw(pid: u32) {
    children(pid).into_iter().for_each(|child| signal(child, "CONT"));
    signal(pid, "CONT");
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// Which process started this one. The name stands in parentheses and may hold spaces: fields count from behind it.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()
}
