//! [`SmallDisk`]: a disk that is soon full.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// What fills the disk.
const BALLAST: &str = "ballast";

/// A file system of its own, in memory, that holds no more than it was made for. It is gone when it is dropped.
#[derive(Debug)]
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// A disk of so many MiB, which anyone may write to.
    ///
    /// # Panics
    /// It cannot be mounted; only root may do that. A test that needs it fails without it; it is never skipped.
    #[must_use]
    pub fn of_mib(size: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}m,mode=777");
        let mounted = run(
            "mount",
            [
                OsStr::new("-t"),
                "tmpfs".as_ref(),
                "-o".as_ref(),
                options.as_ref(),
                "dlq-test".as_ref(),
                folder.path().as_ref(),
            ],
        );
        assert!(mounted, "a small disk cannot be mounted: this test must be run by root");
        Self(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.path().join(BALLAST)).unwrap();
        for piece in [1 << 16, 1] {
            let bytes = vec![0; piece];
            let full = loop {
                if let Err(error) = ballast.write_all(&bytes) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull);
        }
    }

    /// Frees what [`fill`](Self::fill) took.
    pub fn free(&self) {
        fs::remove_file(self.path().join(BALLAST)).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process that is just ending may still have a file open.
        run("umount", [OsStr::new("-l"), self.0.path().as_ref()]);
    }
}

fn run<'a>(program: &str, arguments: impl IntoIterator<Item = &'a OsStr>) -> bool {
    Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_until_it_is_freed_and_leaves_nothing_behind() {
        let disk = SmallDisk::of_mib(1);
        let (folder, file) = (disk.path().to_owned(), disk.path().join("file"));
        fs::write(&file, [0; 4096]).unwrap();
        disk.fill();
        assert_eq!(
            fs::write(disk.path().join("other"), [0; 4096]).unwrap_err().kind(),
            ErrorKind::StorageFull
        );
        disk.free();
        fs::write(disk.path().join("other"), [0; 4096]).unwrap();
        drop(disk);
        assert!(!folder.exists());
    }
}
