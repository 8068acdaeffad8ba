//! [`Owner`]: as whom a server runs.

use std::process::Command;

use super::succeeded;

/// The user as whom a server runs, where ours is root: databases refuse that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Owner {
    /// This user, if we are root.
    pub(super) fn needed(user: &str) -> Option<Self> {
        let owner = || Self { uid: id(&["-u", user]), gid: id(&["-g", user]) };
        (id(&["-u"]) == 0).then(owner)
    }
}

fn id(arguments: &[&str]) -> u32 {
    let asked = Command::new("id").args(arguments).output().unwrap();
    succeeded("id", &asked);
    String::from_utf8(asked.stdout).unwrap().trim().parse().unwrap()
}
