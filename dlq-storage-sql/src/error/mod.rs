//! The one place that decides what a driver's error means, whether trying again can help, and what can be done.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::borrow::Cow;
use std::time::Duration;

use dlq_core::storage::{Permanence, StorageError, StorageErrorKind};
use sqlx::error::DatabaseError;

use Permanence::{Permanent, Temporary};
use StorageErrorKind as Kind;

/// What an error means.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meaning {
    kind: Kind,
    permanence: Permanence,
    /// What can be done, where the driver's own words do not say; else empty.
    advice: &'static str,
}

/// A row of the tables of codes.
const fn means(kind: Kind, permanence: Permanence, advice: &'static str) -> Meaning {
    Meaning { kind, permanence, advice }
}

const FULL: &str = "make room on the disk; writing then goes on by itself";
const NO_MEMORY: &str = "there is not enough memory: smaller batches need less";
const DAMAGED: &str = "the database is damaged: stop writing, and restore it from a backup";

/// What an error of the driver means for the operation during which it came up.
pub(crate) fn from_driver(operation: &'static str, error: sqlx::Error) -> StorageError {
    let Meaning { kind, permanence, advice } = meaning(&error);
    let said = said(&error);
    let message = if advice.is_empty() { said } else { format!("{said}: {advice}") };
    StorageError::new(kind, operation, message).with_permanence(permanence).caused_by(error)
}

/// No answer in time; the connection is given up.
pub(crate) fn no_answer(operation: &'static str, deadline: Duration) -> StorageError {
    let message =
        format!("the database did not answer within {deadline:?}: is it there, and not overloaded?");
    StorageError::new(Kind::Timeout, operation, message)
}

/// More than the server takes at once.
pub(crate) fn too_large(operation: &'static str, bytes: usize, allowed: usize) -> StorageError {
    let message = format!(
        "{bytes} bytes are too large for one statement: the server takes {allowed}; raise its max_allowed_packet"
    );
    StorageError::new(Kind::Capacity, operation, message).with_permanence(Permanent)
}

/// Whether a row of the same key was there.
pub(crate) fn is_duplicate(error: &StorageError) -> bool {
    use std::error::Error;
    let driver = error.source().and_then(|source| source.downcast_ref::<sqlx::Error>());
    driver.and_then(sqlx::Error::as_database_error).is_some_and(|error| error.is_unique_violation())
}

/// Whether it may be the fault of one record, so that the others of its batch may go through without it. What is
/// temporary never is: a full disk is not a record's fault.
pub(crate) fn is_of_a_record(error: &StorageError) -> bool {
    !error.is_temporary() && matches!(error.kind(), Kind::Capacity | Kind::Serialization)
}

/// Whether the connection is of no more use: it broke, or its server takes no writes, and another at the same address may.
pub(crate) fn ends_connection(error: &StorageError) -> bool {
    error.is_temporary() && matches!(error.kind(), Kind::Connection | Kind::AccessDenied | Kind::Timeout)
}

/// A stored value that no version of this crate has written.
pub(crate) fn corrupt(operation: &'static str, message: impl Into<String>) -> StorageError {
    StorageError::new(Kind::Corrupt, operation, message)
}

fn said(error: &sqlx::Error) -> String {
    match error {
        // The value itself, which a server's detail may quote, is not for messages.
        sqlx::Error::Database(error) => match code(error.as_ref()) {
            Some(code) => format!("{} (code {code})", error.message()),
            None => error.message().to_owned(),
        },
        error => error.to_string(),
    }
}

fn meaning(error: &sqlx::Error) -> Meaning {
    match error {
        sqlx::Error::Database(error) => of_database(error.as_ref()),
        // The pool tries again while a server refuses connections, until its own time runs out: nothing was sent.
        sqlx::Error::PoolTimedOut => means(
            Kind::Connection,
            Temporary,
            "is the server reachable, and the pool large enough for all that is asked at once?",
        ),
        // A handshake that fails is told as invalid data.
        sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => {
            means(Kind::Connection, Temporary, HANDSHAKE)
        }
        sqlx::Error::Tls(_) => means(Kind::Connection, Temporary, HANDSHAKE),
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => means(Kind::Connection, Temporary, ""),
        sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => {
            means(Kind::Validation, Permanent, "")
        }
        sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_) => means(Kind::Serialization, Permanent, ""),
        _ => means(Kind::Unexpected, Permanent, ""),
    }
}

const HANDSHAKE: &str = "check what the URL says of TLS (sslmode and sslrootcert; ssl-mode and ssl-ca for MySQL), and the \
                         certificate that the server shows";

/// The code that says most: MySQL's number, for many of which one SQLSTATE stands.
fn code(error: &dyn DatabaseError) -> Option<Cow<'_, str>> {
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return Some(error.number().to_string().into());
    }
    error.code()
}

fn of_database(error: &dyn DatabaseError) -> Meaning {
    let code = code(error).unwrap_or_default();
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return sqlite::meaning(code.parse().unwrap_or_default());
    }
    #[cfg(feature = "postgres")]
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return postgres::meaning(&code);
    }
    #[cfg(feature = "mysql")]
    if error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().is_some() {
        return mysql::meaning(code.parse().unwrap_or_default(), error.message());
    }
    means(Kind::Unexpected, Permanent, "")
}
