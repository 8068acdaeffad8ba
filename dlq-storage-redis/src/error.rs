//! What a driver's error means, and whether trying again can help: the one place that decides.
//!
//! Codes: [the server's](https://github.com/redis/redis/blob/7.0/src/server.c), in `createSharedObjects`.

use dlq_core::storage::{Permanence, StorageError, StorageErrorKind};
use redis::{ErrorKind, RedisError, ServerErrorKind};

use Permanence::{Permanent, Temporary};
use StorageErrorKind as Kind;

/// What an operation's error means.
pub(crate) fn failed(operation: &'static str, error: RedisError) -> StorageError {
    let (kind, permanence, what) = judge(&error);
    let told = StorageError::new(kind, operation, format!("{what}: {error}"));
    told.with_permanence(permanence).caused_by(error)
}

fn judge(error: &RedisError) -> (Kind, Permanence, &'static str) {
    if error.is_timeout() {
        return (Kind::Timeout, Temporary, "no answer in time: what became of it is unknown");
    }
    if let Some(judged) = error.code().and_then(by_code) {
        return judged;
    }
    match error.kind() {
        ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => away(),
        ErrorKind::MasterNameNotFoundBySentinel | ErrorKind::NoValidReplicasFoundBySentinel => {
            (Kind::Connection, Temporary, "no sentinel knows a server of that name that takes writes")
        }
        ErrorKind::AuthenticationFailed => {
            (Kind::AccessDenied, Permanent, "the server does not take the user or the password")
        }
        ErrorKind::InvalidClientConfig => (Kind::Validation, Permanent, "the configuration makes no sense"),
        // Half an answer: the connection is not used again.
        ErrorKind::Parse => (Kind::Connection, Temporary, "the answer cannot be read"),
        ErrorKind::UnexpectedReturnType => (Kind::Corrupt, Permanent, "the answer is of another kind"),
        ErrorKind::Server(ServerErrorKind::ExecAbort) => {
            (Kind::Transaction, Temporary, "the server gave the transaction up")
        }
        _ if error.is_connection_dropped() || error.is_connection_refusal() => away(),
        _ => (Kind::Unexpected, Permanent, "the server refuses"),
    }
}

const fn away() -> (Kind, Permanence, &'static str) {
    (Kind::Connection, Temporary, "the server is away")
}

const READ_ONLY: &str = "the server is a replica: writing goes on by itself once this address takes writes";

fn by_code(code: &str) -> Option<(Kind, Permanence, &'static str)> {
    Some(match code {
        "READONLY" => (Kind::AccessDenied, Temporary, READ_ONLY),
        "NOREPLICAS" => (Kind::AccessDenied, Temporary, "too few replicas for the server to take writes"),
        "OOM" => (Kind::Capacity, Temporary, "the server's memory is full (maxmemory)"),
        "MISCONF" => (Kind::Capacity, Temporary, "the server cannot write to its disk"),
        "LOADING" => (Kind::Connection, Temporary, "the server is still reading its data"),
        "MASTERDOWN" => (Kind::Connection, Temporary, "the replica has lost its primary"),
        "CLUSTERDOWN" => (Kind::Connection, Temporary, "the cluster is not whole"),
        "TRYAGAIN" | "MOVED" | "ASK" => (Kind::Connection, Temporary, "the cluster is moving the keys"),
        "BUSY" => (Kind::Timeout, Temporary, "the server is busy with a script"),
        "NOAUTH" | "WRONGPASS" => {
            (Kind::AccessDenied, Permanent, "the server does not take the user or the password")
        }
        "NOPERM" => (Kind::AccessDenied, Permanent, "the user may not do this"),
        "DAMAGED" => (Kind::Corrupt, Permanent, "what is stored is not what was written"),
        "WRONGTYPE" => (Kind::Corrupt, Permanent, "a key of ours holds something else"),
        "CROSSSLOT" => (Kind::Unexpected, Permanent, "keys of one store lie in several slots"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> (Kind, bool) {
        let error = redis::make_extension_error(code.to_owned(), Some("told".to_owned()));
        let error = failed("save", error);
        (error.kind().clone(), error.is_temporary())
    }

    #[test]
    fn what_passes_is_temporary() {
        for (code, kind) in [
            ("READONLY", Kind::AccessDenied),
            ("NOREPLICAS", Kind::AccessDenied),
            ("OOM", Kind::Capacity),
            ("MISCONF", Kind::Capacity),
            ("LOADING", Kind::Connection),
            ("MASTERDOWN", Kind::Connection),
            ("CLUSTERDOWN", Kind::Connection),
            ("BUSY", Kind::Timeout),
        ] {
            assert_eq!(of(code), (kind, true), "{code}");
        }
    }

    #[test]
    fn what_stays_is_permanent() {
        for (code, kind) in [
            ("NOAUTH", Kind::AccessDenied),
            ("WRONGPASS", Kind::AccessDenied),
            ("NOPERM", Kind::AccessDenied),
            ("WRONGTYPE", Kind::Corrupt),
            ("NOBODYKNOWS", Kind::Unexpected),
        ] {
            assert_eq!(of(code), (kind, false), "{code}");
        }
    }

    #[test]
    fn a_connection_that_breaks_is_temporary() {
        for kind in [std::io::ErrorKind::BrokenPipe, std::io::ErrorKind::ConnectionRefused] {
            let error = failed("save", std::io::Error::from(kind).into());
            assert_eq!((error.kind(), error.is_temporary()), (&Kind::Connection, true));
        }
        let late = failed("save", std::io::Error::from(std::io::ErrorKind::TimedOut).into());
        assert_eq!((late.kind(), late.is_temporary()), (&Kind::Timeout, true));
    }
}
