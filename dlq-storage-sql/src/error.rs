//! The one place that decides what a driver's error means, and whether trying again can help.

use dlq_core::storage::{Permanence, StorageError, StorageErrorKind};

use Permanence::{Permanent, Temporary};
use StorageErrorKind as Kind;

/// What an error of the driver means for the operation during which it came up.
pub(crate) fn from_driver(operation: &'static str, error: sqlx::Error) -> StorageError {
    let (kind, permanence) = meaning(&error);
    StorageError::new(kind, operation, said(&error)).with_permanence(permanence).caused_by(error)
}

/// Whether it may be the fault of one record, so that the others of its batch may go through without it.
pub(crate) fn is_of_a_record(error: &StorageError) -> bool {
    !error.is_temporary() && matches!(error.kind(), Kind::Capacity | Kind::Serialization)
}

/// A stored value that no version of this crate has written.
pub(crate) fn corrupt(operation: &'static str, message: impl Into<String>) -> StorageError {
    StorageError::new(Kind::Corrupt, operation, message)
}

fn said(error: &sqlx::Error) -> String {
    match error {
        // The value itself, which a server's detail may quote, is not for messages.
        sqlx::Error::Database(error) => match error.code() {
            Some(code) => format!("{} (code {code})", error.message()),
            None => error.message().to_owned(),
        },
        error => error.to_string(),
    }
}

fn meaning(error: &sqlx::Error) -> (Kind, Permanence) {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            #[cfg(feature = "sqlite")]
            if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                return of_sqlite(code.parse().unwrap_or_default());
            }
            of_sqlstate(&code)
        }
        // The pool tries again while a server refuses connections, until its own time runs out: nothing was sent.
        sqlx::Error::PoolTimedOut
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => (Kind::Connection, Temporary),
        sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => (Kind::Validation, Permanent),
        sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_) => (Kind::Serialization, Permanent),
        _ => (Kind::Unexpected, Permanent),
    }
}

/// SQLite's result codes: <https://www.sqlite.org/rescode.html>. The low byte is the primary code.
#[cfg(feature = "sqlite")]
const fn of_sqlite(code: u32) -> (Kind, Permanence) {
    match code & 0xff {
        3 | 23 => (Kind::AccessDenied, Permanent), // https://www.sqlite.org/rescode.html#perm and #auth
        5 | 6 => (Kind::Transaction, Temporary),   // https://www.sqlite.org/rescode.html#busy and #locked
        7 | 13 => (Kind::Capacity, Temporary),     // https://www.sqlite.org/rescode.html#nomem and #full
        8 => (Kind::AccessDenied, Temporary),      // https://www.sqlite.org/rescode.html#readonly
        9 => (Kind::Timeout, Temporary),           // https://www.sqlite.org/rescode.html#interrupt
        10 | 14 => (Kind::Connection, Temporary),  // https://www.sqlite.org/rescode.html#ioerr and #cantopen
        11 | 26 => (Kind::Corrupt, Permanent),     // https://www.sqlite.org/rescode.html#corrupt and #notadb
        18 => (Kind::Capacity, Permanent),         // https://www.sqlite.org/rescode.html#toobig
        20 => (Kind::Serialization, Permanent),    // https://www.sqlite.org/rescode.html#mismatch
        _ => (Kind::Unexpected, Permanent),
    }
}

/// SQLSTATE, as PostgreSQL uses it: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_sqlstate(code: &str) -> (Kind, Permanence) {
    match (code.get(..2).unwrap_or_default(), code) {
        // Class 08, connection exception; 57P01–57P05, shut down or starting up; 53300, too many connections.
        ("08", _) | (_, "57P01" | "57P02" | "57P03" | "57P05" | "53300") => (Kind::Connection, Temporary),
        // Query canceled, which is also what the statement timeout says; idle in transaction; lock not available.
        (_, "57014" | "25P03") => (Kind::Timeout, Temporary),
        // Class 40, transaction rollback: serialization failure, deadlock detected.
        ("40", _) | (_, "55P03") => (Kind::Transaction, Temporary),
        // Class 53, insufficient resources: disk full, out of memory.
        ("53", _) => (Kind::Capacity, Temporary),
        // Read-only transaction: a primary that became a standby, until the connection finds the new one.
        (_, "25006") => (Kind::AccessDenied, Temporary),
        // Class 28, invalid authorization; insufficient privilege.
        ("28", _) | (_, "42501") => (Kind::AccessDenied, Permanent),
        // Class 54, program limit exceeded: a value or a row that is too large.
        ("54", _) => (Kind::Capacity, Permanent),
        // Class 22, data exception: a value that cannot be held, such as NUL in text.
        ("22", _) => (Kind::Serialization, Permanent),
        // No such database or schema.
        ("3D" | "3F", _) => (Kind::Validation, Permanent),
        // Data or index corrupted.
        (_, "XX001" | "XX002") => (Kind::Corrupt, Permanent),
        _ => (Kind::Unexpected, Permanent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "sqlite")]
    #[test]
    fn extended_codes_of_sqlite_mean_what_their_primary_means() {
        assert_eq!(of_sqlite(5), (Kind::Transaction, Temporary));
        assert_eq!(of_sqlite(5 | (2 << 8)), (Kind::Transaction, Temporary));
        assert_eq!(of_sqlite(13), (Kind::Capacity, Temporary));
        assert_eq!(of_sqlite(18), (Kind::Capacity, Permanent));
    }

    #[test]
    fn sqlstates_of_a_class_and_of_their_own() {
        assert_eq!(of_sqlstate("08006"), (Kind::Connection, Temporary));
        assert_eq!(of_sqlstate("57P01"), (Kind::Connection, Temporary));
        assert_eq!(of_sqlstate("53100"), (Kind::Capacity, Temporary));
        assert_eq!(of_sqlstate("53300"), (Kind::Connection, Temporary));
        assert_eq!(of_sqlstate("40P01"), (Kind::Transaction, Temporary));
        assert_eq!(of_sqlstate("22021"), (Kind::Serialization, Permanent));
        assert_eq!(of_sqlstate(""), (Kind::Unexpected, Permanent));
    }
}
