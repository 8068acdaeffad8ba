//! Error numbers of MariaDB and MySQL, which share them; below, each with what MariaDB says of it. MySQL's own list:
//! <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.

use super::{DAMAGED, FULL, Kind, Meaning, NO_MEMORY, Permanent, Temporary, means};

const AWAY: &str = "the server is shutting down, or ended the connection; it is asked again";
const CROWDED: &str = "raise the server's max_connections, or ask for fewer connections here";
const CANCELLED: &str = "it took longer than statement_timeout, or someone cancelled it";
const READ_ONLY: &str =
    "it is a replica, or read_only is on: writing goes on by itself once this address takes writes";
const REFUSED: &str = "check user, password and database, and from where the user may connect";
const FORBIDDEN: &str = "grant this user what the tables need";
const STRANGE: &str = "the tables are not as this version makes them: were they changed by hand?";
const PACKET: &str = "raise the server's max_allowed_packet";
const STATEMENTS: &str = "raise the server's max_prepared_stmt_count, or ask for fewer connections here";
const BINLOG: &str = "set the server's binlog_format to ROW or MIXED";

pub(super) fn meaning(number: u16, message: &str) -> Meaning {
    match number {
        // Too many connections: https://mariadb.com/kb/en/e1040/, e1203 (of one user) and e1226 (in an hour).
        1040 | 1203 | 1226 => means(Kind::Connection, Temporary, CROWDED),
        // Shutdown: https://mariadb.com/kb/en/e1053/. Aborted or killed: e1152, e1184, e1927, and MySQL's 4031.
        1053 | 1152 | 1184 | 1927 | 4031 => means(Kind::Connection, Temporary, AWAY),
        // What the network did: https://mariadb.com/kb/en/e1158/ to e1161. What a client says of itself: 2006, 2013.
        1158..=1161 | 2006 | 2013 => means(Kind::Connection, Temporary, AWAY),
        // Deadlock: https://mariadb.com/kb/en/e1213/. Lock wait: e1205. Changed meanwhile: e1020, e1412, e1615.
        1020 | 1205 | 1213 | 1412 | 1615 => means(Kind::Transaction, Temporary, ""),
        // Interrupted: https://mariadb.com/kb/en/e1317/, by max_statement_time e1969, by max_execution_time 3024.
        1317 | 1969 | 3024 => means(Kind::Timeout, Temporary, CANCELLED),
        // Disk full: https://mariadb.com/kb/en/e1021/; table full: e1114; a file that could not be written: e1026, 3.
        3 | 1021 | 1026 | 1114 => means(Kind::Capacity, Temporary, FULL),
        // An error of the storage engine, 28 being a full disk: https://mariadb.com/kb/en/e1030/.
        1030 if message.contains("error 28") => means(Kind::Capacity, Temporary, FULL),
        1030 => means(Kind::Unexpected, Temporary, ""),
        // Out of memory: https://mariadb.com/kb/en/e1037/, e1038, e1041, and e1206 (too many locks).
        1037 | 1038 | 1041 | 1206 => means(Kind::Capacity, Temporary, NO_MEMORY),
        // Too many prepared statements: https://mariadb.com/kb/en/e1461/.
        1461 => means(Kind::Capacity, Temporary, STATEMENTS),
        // Read-only: https://mariadb.com/kb/en/e1290/, e1792 (the transaction), e1836 (InnoDB).
        1290 | 1792 | 1836 => means(Kind::AccessDenied, Temporary, READ_ONLY),
        // Access denied: https://mariadb.com/kb/en/e1044/ (to the database), e1045 (user or password), e1130, e1698.
        1044 | 1045 | 1130 | 1698 => means(Kind::AccessDenied, Permanent, REFUSED),
        // Denied on tables, columns, what needs a privilege: https://mariadb.com/kb/en/e1142/, e1143, e1227, e1370.
        1142 | 1143 | 1227 | 1370 => means(Kind::AccessDenied, Permanent, FORBIDDEN),
        // Packet too large: https://mariadb.com/kb/en/e1153/, e1301. A row too large: e1118, e139.
        1153 | 1301 => means(Kind::Capacity, Permanent, PACKET),
        139 | 1118 => means(Kind::Capacity, Permanent, ""),
        // A row that is there, or has no value: https://mariadb.com/kb/en/e1062/, e1048, e1364.
        // A value that does not fit: e1264, e1265, e1292, e1366, e1406; what a constraint or a trigger does not let in: 4025,
        // 3819, e1644.
        1048 | 1062 | 1264 | 1265 | 1292 | 1364 | 1366 | 1406 | 1644 | 3819 | 4025 => {
            means(Kind::Serialization, Permanent, "")
        }
        // No such database: https://mariadb.com/kb/en/e1049/; none was named: e1046.
        1046 | 1049 => means(Kind::Validation, Permanent, ""),
        // The log cannot tell what READ COMMITTED did statement by statement: https://mariadb.com/kb/en/e1665/.
        1665 => means(Kind::Validation, Permanent, BINLOG),
        // No such table or column: https://mariadb.com/kb/en/e1146/, e1054.
        1054 | 1146 => means(Kind::Unexpected, Permanent, STRANGE),
        // A table or index that is damaged: https://mariadb.com/kb/en/e1034/, e1194, e1712, 126, 127, 145.
        126 | 127 | 145 | 1034 | 1194 | 1712 => means(Kind::Corrupt, Permanent, DAMAGED),
        _ => means(Kind::Unexpected, Permanent, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: u16) -> (Kind, bool) {
        let Meaning { kind, permanence, .. } = meaning(number, "");
        (kind, permanence == Temporary)
    }

    #[test]
    fn what_passes_is_temporary() {
        for (number, kind) in [
            (1040, Kind::Connection),
            (1053, Kind::Connection),
            (1927, Kind::Connection),
            (1021, Kind::Capacity),
            (1114, Kind::Capacity),
            (1290, Kind::AccessDenied),
            (1836, Kind::AccessDenied),
            (1969, Kind::Timeout),
            (1205, Kind::Transaction),
            (1213, Kind::Transaction),
        ] {
            assert_eq!(of(number), (kind, true), "{number}");
        }
        assert_eq!(
            meaning(1030, "Got error 28 \"No space left on device\" from storage engine InnoDB").advice,
            FULL
        );
    }

    #[test]
    fn what_one_record_is_to_blame_for_is_permanent() {
        for (number, kind) in [
            (1153, Kind::Capacity),
            (1118, Kind::Capacity),
            (1406, Kind::Serialization),
            (1366, Kind::Serialization),
        ] {
            assert_eq!(of(number), (kind, false), "{number}");
        }
        assert_eq!(of(1045), (Kind::AccessDenied, false));
        assert_eq!(of(0), (Kind::Unexpected, false));
    }
}
