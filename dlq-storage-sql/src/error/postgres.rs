//! SQLSTATE, as PostgreSQL uses it: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use super::{DAMAGED, FULL, Kind, Meaning, NO_MEMORY, Permanent, Temporary, means};

const AWAY: &str = "the server is shutting down or starting; it is asked again";
const CROWDED: &str = "raise the server's max_connections, or ask for fewer connections here";
const CANCELLED: &str = "it took longer than statement_timeout, or someone cancelled it";
const READ_ONLY: &str = "it is a standby, or default_transaction_read_only is on: writing goes on by itself once this \
                         address takes writes";
const REFUSED: &str = "check user, password and database, and the server's pg_hba.conf";
const FORBIDDEN: &str = "grant this user what the tables need";
const STRANGE: &str = "the tables are not as this version makes them: were they changed by hand?";

pub(super) fn meaning(code: &str) -> Meaning {
    match (code.get(..2).unwrap_or_default(), code) {
        // Too many connections, by the server's count or by the user's or database's own.
        (_, "53300") => means(Kind::Connection, Temporary, CROWDED),
        // Admin shutdown, crash shutdown, cannot connect now, idle session timeout.
        (_, "57P01" | "57P02" | "57P03" | "57P05") => means(Kind::Connection, Temporary, AWAY),
        // Class 08, connection exception.
        ("08", _) => means(Kind::Connection, Temporary, ""),
        // Query canceled, which is also what the statement timeout says; idle in transaction; lock not available.
        (_, "57014") => means(Kind::Timeout, Temporary, CANCELLED),
        (_, "25P03") => means(Kind::Timeout, Temporary, ""),
        // Class 40, transaction rollback: serialization failure, deadlock detected.
        ("40", _) | (_, "55P03") => means(Kind::Transaction, Temporary, ""),
        // Class 53, insufficient resources.
        (_, "53100") => means(Kind::Capacity, Temporary, FULL),
        (_, "53200") => means(Kind::Capacity, Temporary, NO_MEMORY),
        ("53", _) => means(Kind::Capacity, Temporary, ""),
        // Class 58, system error: the server's disk failed.
        ("58", _) => means(Kind::Unexpected, Temporary, ""),
        // Read-only transaction: a primary that became a standby, until the connection finds the new one.
        (_, "25006") => means(Kind::AccessDenied, Temporary, READ_ONLY),
        // Class 28, invalid authorization; insufficient privilege.
        ("28", _) => means(Kind::AccessDenied, Permanent, REFUSED),
        (_, "42501") => means(Kind::AccessDenied, Permanent, FORBIDDEN),
        // Class 54, program limit exceeded: a value or a row that is too large.
        ("54", _) => means(Kind::Capacity, Permanent, ""),
        // Class 22, data exception: a value that cannot be held. Class 23: a row that a constraint does not let in.
        ("22" | "23", _) => means(Kind::Serialization, Permanent, ""),
        // No such database or schema.
        ("3D" | "3F", _) => means(Kind::Validation, Permanent, ""),
        // No such table or column.
        (_, "42P01" | "42703") => means(Kind::Unexpected, Permanent, STRANGE),
        // Data or index corrupted.
        (_, "XX001" | "XX002") => means(Kind::Corrupt, Permanent, DAMAGED),
        _ => means(Kind::Unexpected, Permanent, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> (Kind, bool) {
        let Meaning { kind, permanence, .. } = meaning(code);
        (kind, permanence == Temporary)
    }

    #[test]
    fn what_passes_is_temporary() {
        for (code, kind) in [
            ("08006", Kind::Connection),
            ("57P01", Kind::Connection),
            ("53300", Kind::Connection),
            ("53100", Kind::Capacity),
            ("53200", Kind::Capacity),
            ("25006", Kind::AccessDenied),
            ("57014", Kind::Timeout),
            ("40P01", Kind::Transaction),
            ("40001", Kind::Transaction),
        ] {
            assert_eq!(of(code), (kind, true), "{code}");
        }
    }

    #[test]
    fn what_one_record_is_to_blame_for_is_permanent() {
        for (code, kind) in
            [("54000", Kind::Capacity), ("22021", Kind::Serialization), ("23514", Kind::Serialization)]
        {
            assert_eq!(of(code), (kind, false), "{code}");
        }
        assert_eq!(of("28P01"), (Kind::AccessDenied, false));
        assert_eq!(of(""), (Kind::Unexpected, false));
    }
}
