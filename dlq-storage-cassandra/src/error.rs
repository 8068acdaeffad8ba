//! What a driver's error means, and whether trying again can help: the one place that decides.
//!
//! Codes: <https://github.com/apache/cassandra/blob/cassandra-5.0/doc/native_protocol_v4.spec>, section 9.

use std::sync::Arc;

use dlq_core::storage::{Permanence, StorageError, StorageErrorKind};
use scylla::errors::{
    BadQuery, ConnectionError, ConnectionPoolError, DbError, ExecutionError, NewSessionError, PrepareError,
    RequestAttemptError, UseKeyspaceError,
};

use Permanence::{Permanent, Temporary};
use StorageErrorKind as Kind;

type Judged = (Kind, Permanence, &'static str);

/// Why a question has no answer. Several may have waited for it, and each is told.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The driver says so.
    Driver(Arc<ExecutionError>),
    /// Whether a write was made could not be found out.
    Unknown,
    /// Others were faster too often.
    Contended,
    /// A row holds what nobody wrote.
    Corrupt(&'static str),
    /// The answer is of another kind than was asked for.
    Strange,
}

impl From<ExecutionError> for Trouble {
    fn from(error: ExecutionError) -> Self {
        Self::Driver(Arc::new(error))
    }
}

impl From<PrepareError> for Trouble {
    fn from(error: PrepareError) -> Self {
        Self::Driver(Arc::new(error.into()))
    }
}

impl Trouble {
    /// What it means for an operation.
    pub(crate) fn told(&self, operation: &'static str) -> StorageError {
        match self {
            Self::Driver(error) => told(operation, execution(error), &**error),
            Self::Unknown => {
                let message = "what became of it could not be found out in time: it is unknown";
                StorageError::new(Kind::Timeout, operation, message)
            }
            Self::Contended => {
                StorageError::new(Kind::Transaction, operation, "others change the same all the time")
            }
            Self::Corrupt(message) => StorageError::new(Kind::Corrupt, operation, *message),
            Self::Strange => StorageError::new(
                Kind::Unexpected,
                operation,
                "the answer is of another kind than was asked for",
            ),
        }
    }

    /// Whether the same would end the same.
    pub(crate) fn is_permanent(&self) -> bool {
        !self.told("write").is_temporary()
    }

    /// Whether a write that ended so may have been made, or may be made yet.
    pub(crate) fn may_be_written(&self) -> bool {
        match self {
            Self::Driver(error) => may_be_written(error),
            Self::Unknown | Self::Strange => true,
            Self::Contended | Self::Corrupt(_) => false,
        }
    }
}

/// What it means that a session cannot be had.
pub(crate) fn unconnected(error: &NewSessionError) -> StorageError {
    let judged = match error {
        NewSessionError::IllegalConfig(_) => {
            (Kind::Validation, Permanent, "the configuration makes no sense")
        }
        // Why no node answered is told in words alone.
        error if refuses_us(&words(error)) => refused(),
        error if words(error).contains("certificate") => unbelieved(),
        _ => away(),
    };
    told("connect", judged, error)
}

fn may_be_written(error: &ExecutionError) -> bool {
    match error {
        ExecutionError::RequestTimeout(_) => true,
        ExecutionError::LastAttemptError(error) => match error {
            // Before it is decided, or once it is decided and is to be made: the consistency tells.
            RequestAttemptError::DbError(DbError::Unavailable { consistency, .. }, _) => {
                !consistency.is_serial()
            }
            RequestAttemptError::DbError(error, _) => !matches!(
                error,
                DbError::IsBootstrapping
                    | DbError::Unauthorized
                    | DbError::AuthenticationError
                    | DbError::Invalid
                    | DbError::SyntaxError
                    | DbError::ConfigError
                    | DbError::Unprepared { .. }
                    | DbError::ProtocolError
            ),
            RequestAttemptError::SerializationError(_)
            | RequestAttemptError::CqlRequestSerialization(_)
            | RequestAttemptError::UnableToAllocStreamId => false,
            _ => true,
        },
        _ => false,
    }
}

fn told(
    operation: &'static str,
    judged: Judged,
    error: &(impl std::error::Error + Clone + Send + Sync + 'static),
) -> StorageError {
    let (kind, permanence, what) = judged;
    let told = StorageError::new(kind, operation, format!("{what}: {error}"));
    told.with_permanence(permanence).caused_by(error.clone())
}

fn execution(error: &ExecutionError) -> Judged {
    match error {
        ExecutionError::RequestTimeout(_) => late(),
        ExecutionError::LastAttemptError(error) => attempt(error),
        ExecutionError::BadQuery(BadQuery::ValuesTooLongForKey(..)) => too_large(),
        ExecutionError::BadQuery(_) => (Kind::Serialization, Permanent, "a value cannot be written"),
        ExecutionError::PrepareError(error) => preparation(error),
        ExecutionError::ConnectionPoolError(error) => pool(error),
        ExecutionError::EmptyPlan => {
            (Kind::Connection, Temporary, "no node may be asked; is the datacenter's name right?")
        }
        ExecutionError::UseKeyspaceError(UseKeyspaceError::RequestError(error)) => attempt(error),
        ExecutionError::SchemaAgreementError(_) => {
            (Kind::Transaction, Temporary, "the nodes do not agree on the tables yet")
        }
        _ => (Kind::Connection, Temporary, "the cluster does not tell of itself"),
    }
}

fn preparation(error: &PrepareError) -> Judged {
    match error {
        PrepareError::ConnectionPoolError(error) => pool(error),
        PrepareError::AllAttemptsFailed { first_attempt } => attempt(first_attempt),
        _ => (Kind::Unexpected, Temporary, "the nodes do not understand a statement alike"),
    }
}

fn pool(error: &ConnectionPoolError) -> Judged {
    match error {
        ConnectionPoolError::Broken {
            last_connection_error: ConnectionError::ConnectionSetupRequestError(error),
        } if refuses_us(&error.to_string()) => refused(),
        _ => away(),
    }
}

fn attempt(error: &RequestAttemptError) -> Judged {
    match error {
        RequestAttemptError::DbError(error, words) => answered(error, words),
        RequestAttemptError::SerializationError(_) => {
            (Kind::Serialization, Permanent, "a value cannot be written")
        }
        RequestAttemptError::CqlRequestSerialization(_) => too_large(),
        RequestAttemptError::UnableToAllocStreamId => {
            (Kind::Connection, Temporary, "too many questions at a time on one connection")
        }
        RequestAttemptError::CqlResultParseError(_) | RequestAttemptError::CqlErrorParseError(_) => {
            (Kind::Connection, Temporary, "the answer cannot be read")
        }
        _ => away(),
    }
}

fn answered(error: &DbError, words: &str) -> Judged {
    match error {
        DbError::WriteTimeout { .. } | DbError::ReadTimeout { .. } => late(),
        DbError::Unavailable { .. } => (Kind::Connection, Temporary, "too few replicas are up"),
        DbError::Overloaded | DbError::RateLimitReached { .. } => {
            (Kind::Connection, Temporary, "the cluster is overloaded")
        }
        DbError::IsBootstrapping => (Kind::Connection, Temporary, "the node is still starting"),
        DbError::Unprepared { .. } => (Kind::Connection, Temporary, "the node has forgotten a statement"),
        DbError::ReadFailure { .. } => (
            Kind::Unexpected,
            Temporary,
            "a replica cannot read: where much was purged it may have met too many tombstones \
             (tombstone_failure_threshold), which compaction clears away",
        ),
        DbError::WriteFailure { .. } | DbError::ServerError | DbError::TruncateError => {
            if is_too_large(words) { too_large() } else { broken() }
        }
        DbError::AuthenticationError => refused(),
        DbError::Unauthorized => (Kind::AccessDenied, Permanent, "the user may not do this"),
        DbError::Invalid if is_too_large(words) => too_large(),
        DbError::Invalid | DbError::SyntaxError | DbError::ConfigError => {
            (Kind::Validation, Permanent, "the database does not take the statement")
        }
        _ => (Kind::Unexpected, Permanent, "the database refuses"),
    }
}

/// How the servers say that a row is beyond their limits; no code tells.
fn is_too_large(words: &str) -> bool {
    let words = words.to_lowercase();
    ["too large", "too big", "exceeds the maximum", "larger than the maximum"]
        .iter()
        .any(|part| words.contains(part))
}

/// How the servers, and the driver, say that a login does not do.
fn refuses_us(words: &str) -> bool {
    let words = words.to_lowercase();
    ["authentication", "credential", "unauthorized", "password"].iter().any(|part| words.contains(part))
}

/// An error's words and those of what caused it.
fn words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

const fn late() -> Judged {
    (Kind::Timeout, Temporary, "no answer in time: what became of it is unknown")
}

const fn away() -> Judged {
    (Kind::Connection, Temporary, "the cluster is away")
}

const fn broken() -> Judged {
    (Kind::Unexpected, Temporary, "a node failed; its log tells why, such as a full disk")
}

const fn refused() -> Judged {
    (Kind::AccessDenied, Permanent, "the cluster does not take the user or the password")
}

const fn unbelieved() -> Judged {
    (Kind::Connection, Permanent, "no node has a certificate that is believed")
}

const fn too_large() -> Judged {
    (Kind::Capacity, Permanent, "a row is larger than the database takes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use scylla::errors::WriteType;
    use scylla::statement::Consistency;

    fn of(error: DbError, words: &str) -> (StorageError, bool) {
        let error =
            Trouble::from(ExecutionError::from(RequestAttemptError::DbError(error, words.to_owned())));
        (error.told("save"), error.may_be_written())
    }

    #[test]
    fn what_passes_is_temporary_and_what_stays_is_permanent() {
        let unavailable = DbError::Unavailable { consistency: Consistency::Quorum, required: 2, alive: 1 };
        for (error, words, kind, temporary) in [
            (unavailable, "", Kind::Connection, true),
            (DbError::Overloaded, "", Kind::Connection, true),
            (DbError::IsBootstrapping, "", Kind::Connection, true),
            (DbError::ServerError, "java.io.IOException: No space left on device", Kind::Unexpected, true),
            (DbError::ServerError, "Mutation of 20MiB is too large for the maximum", Kind::Capacity, false),
            (DbError::AuthenticationError, "", Kind::AccessDenied, false),
            (DbError::Unauthorized, "", Kind::AccessDenied, false),
            (DbError::Invalid, "", Kind::Validation, false),
            (DbError::SyntaxError, "", Kind::Validation, false),
            (DbError::Other(7), "", Kind::Unexpected, false),
        ] {
            let (told, _) = of(error, words);
            assert_eq!((told.kind(), told.is_temporary()), (&kind, temporary), "{told}");
        }
    }

    #[test]
    fn only_what_was_surely_not_written_is_taken_for_that() {
        let late = DbError::WriteTimeout {
            consistency: Consistency::Quorum,
            received: 1,
            required: 2,
            write_type: WriteType::Cas,
        };
        let (told, written) = of(late, "");
        assert!(written && *told.kind() == Kind::Timeout && told.is_temporary());
        for (consistency, written) in [(Consistency::LocalSerial, false), (Consistency::LocalQuorum, true)] {
            let missing = DbError::Unavailable { consistency, required: 2, alive: 1 };
            assert_eq!(of(missing, "").1, written, "{consistency}");
        }
        for (error, written) in
            [(DbError::ServerError, true), (DbError::Overloaded, true), (DbError::Invalid, false)]
        {
            assert_eq!(of(error.clone(), "").1, written, "{error}");
        }
        assert!(may_be_written(&ExecutionError::RequestTimeout(std::time::Duration::ZERO)));
        assert!(!may_be_written(&ExecutionError::EmptyPlan));
    }
}
