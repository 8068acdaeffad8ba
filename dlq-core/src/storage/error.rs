//! [`StorageError`]: what went wrong, whether trying again can help, and where.

use std::error::Error as StdError;
use std::fmt;

use crate::clock::Timestamp;
use crate::record::{DlqStatus, WorkerId};

/// What a storage answers.
pub type StorageResult<T> = Result<T, StorageError>;

/// What kind of thing went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageErrorKind {
    /// The store cannot be reached, or the connection broke.
    Connection,
    /// No answer in time: the outcome is unknown.
    Timeout,
    /// Someone else changed the record meanwhile.
    Conflict {
        /// The version that the caller had read.
        expected: u64,
        /// The version that stands.
        actual: u64,
    },
    /// The table of moves does not allow this one.
    IllegalMove {
        /// The status that stands.
        from: DlqStatus,
        /// The status that was asked for.
        to: DlqStatus,
    },
    /// Another holds the record.
    Leased {
        /// Who.
        owner: WorkerId,
        /// Until when.
        until: Timestamp,
    },
    /// A later claim has taken the record from this holder.
    Fenced {
        /// The token that was shown.
        token: u64,
        /// The token that stands.
        current: u64,
    },
    /// There is no such record or document.
    NotFound,
    /// The request makes no sense; the message names the field, the value and what is allowed.
    Validation,
    /// The store is full, or the record is larger than it can hold.
    Capacity,
    /// The store does not let us.
    AccessDenied,
    /// A value cannot be written or read as this store's kind of value.
    Serialization,
    /// The store gave up a transaction, such as after a deadlock.
    Transaction,
    /// What was read is not what was written.
    Corrupt,
    /// Something this list does not know.
    Unexpected,
}

impl StorageErrorKind {
    /// Its name, as a metric's label has it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Conflict { .. } => "conflict",
            Self::IllegalMove { .. } => "illegal_move",
            Self::Leased { .. } => "leased",
            Self::Fenced { .. } => "fenced",
            Self::NotFound => "not_found",
            Self::Validation => "validation",
            Self::Capacity => "capacity",
            Self::AccessDenied => "access_denied",
            Self::Serialization => "serialization",
            Self::Transaction => "transaction",
            Self::Corrupt => "corrupt",
            Self::Unexpected => "unexpected",
        }
    }
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permanence {
    /// The same call fails the same way.
    Permanent,
    /// It may go through later.
    Temporary,
    /// It was tried again often enough.
    Exhausted,
}

/// What went wrong in a storage, whether trying again can help, and where.
#[derive(Debug)]
pub struct StorageError {
    kind: StorageErrorKind,
    permanence: Permanence,
    operation: &'static str,
    message: String,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StorageError {
    /// An error of this kind; temporary where its kind is.
    #[must_use]
    pub fn new(kind: StorageErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        use StorageErrorKind::{Connection, Leased, Timeout, Transaction};
        let temporary = matches!(kind, Connection | Timeout | Transaction | Leased { .. });
        let permanence = if temporary { Permanence::Temporary } else { Permanence::Permanent };
        Self { kind, permanence, operation, message: message.into(), context: Vec::new(), source: None }
    }

    /// The same, but of this permanence.
    #[must_use]
    pub fn with_permanence(mut self, permanence: Permanence) -> Self {
        self.permanence = permanence;
        self
    }

    /// The same with one more fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.context.push((name, value.to_string()));
        self
    }

    /// The same with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub const fn kind(&self) -> &StorageErrorKind {
        &self.kind
    }

    /// Whether trying again can help.
    #[must_use]
    pub const fn permanence(&self) -> Permanence {
        self.permanence
    }

    /// Whether the same call may go through later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.permanence == Permanence::Temporary
    }

    /// What was being done.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        self.operation
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.message)?;
        match &self.kind {
            StorageErrorKind::Conflict { expected, actual } => {
                write!(f, " (version {expected} was expected, {actual} stands)")?;
            }
            StorageErrorKind::IllegalMove { from, to } => {
                let allowed: Vec<_> = from.moves().iter().map(|status| status.as_str()).collect();
                write!(f, " ({from} cannot become {to}; allowed: {})", allowed.join(", "))?;
            }
            StorageErrorKind::Leased { owner, until } => {
                write!(f, " (held by {owner} until {} ms)", until.as_millis())?;
            }
            StorageErrorKind::Fenced { token, current } => {
                write!(f, " (token {token} was shown, {current} stands)")?;
            }
            _ => {}
        }
        for (name, value) in &self.context {
            write!(f, ", {name}: {value}")?;
        }
        Ok(())
    }
}

impl StdError for StorageError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
