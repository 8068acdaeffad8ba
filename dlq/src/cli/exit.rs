//! [`Exit`]: what the process answers to the shell.

use std::process::ExitCode;

use dlq_core::storage::{StorageError, StorageErrorKind};

use crate::config::Mistakes;

/// What the process answers to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything went well.
    Done = 0,
    /// Something failed; standard error tells what.
    Failed = 1,
    /// The command line or the configuration cannot be used; or a script did not say `--yes`.
    Mistake = 2,
    /// The answer is no: there is no such record, nothing to change, no consent, or the books do not balance.
    No = 3,
}

/// The exit codes, for `--help`.
pub const HELP: &str = "\
Exit codes:
  0  everything went well
  1  something failed: the storage or Kafka cannot be reached, or refused
  2  the command line or the configuration cannot be used; or a script did not say --yes
  3  the answer is no: there is no such record, nothing to change, no consent, or
     the books do not balance";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// What an error means: a mistake of the user, a reader that went away, or a failure.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        let refused = error.downcast_ref::<StorageError>().map(StorageError::kind);
        if error.is::<Mistakes>() || refused == Some(&StorageErrorKind::Validation) {
            return Self::Mistake;
        }
        if is_broken_pipe(error) { Self::Done } else { Self::Failed }
    }
}

/// Whether nobody reads our results any more, such as after `dlq list | head`.
#[must_use]
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
