//! SQLite's result codes: <https://www.sqlite.org/rescode.html>. The low byte is the primary code.

use super::{DAMAGED, FULL, Kind, Meaning, NO_MEMORY, Permanent, Temporary, means};

const READ_ONLY: &str = "give this process leave to write the file and its folder, or mount the disk for writing; \
                         writing then goes on by itself";
const NO_FILE: &str = "check that the folder is there, and that this process may write it";
const BUSY: &str = "another process holds the file: a backup, or a tool that left a transaction open";
const DISK: &str = "the disk failed, or the file is out of reach";

pub(super) const fn meaning(code: u32) -> Meaning {
    match code {
        // A write or a shared memory that found no room, and that the system did not call "no space":
        // https://www.sqlite.org/rescode.html#ioerr_write and #ioerr_shmsize
        778 | 4874 => return means(Kind::Capacity, Temporary, FULL),
        // https://www.sqlite.org/rescode.html#readonly_dbmoved
        1032 => {
            return means(
                Kind::AccessDenied,
                Temporary,
                "the file was moved or deleted while it was open: put it back, and start again",
            );
        }
        _ => {}
    }
    match code & 0xff {
        3 | 23 => means(Kind::AccessDenied, Permanent, ""), // https://www.sqlite.org/rescode.html#perm and #auth
        5 | 6 => means(Kind::Transaction, Temporary, BUSY), // https://www.sqlite.org/rescode.html#busy and #locked
        7 => means(Kind::Capacity, Temporary, NO_MEMORY),   // https://www.sqlite.org/rescode.html#nomem
        8 => means(Kind::AccessDenied, Temporary, READ_ONLY), // https://www.sqlite.org/rescode.html#readonly
        9 => means(Kind::Timeout, Temporary, ""),           // https://www.sqlite.org/rescode.html#interrupt
        10 => means(Kind::Connection, Temporary, DISK),     // https://www.sqlite.org/rescode.html#ioerr
        11 => means(Kind::Corrupt, Permanent, DAMAGED),     // https://www.sqlite.org/rescode.html#corrupt
        13 => means(Kind::Capacity, Temporary, FULL),       // https://www.sqlite.org/rescode.html#full
        14 => means(Kind::Connection, Temporary, NO_FILE),  // https://www.sqlite.org/rescode.html#cantopen
        18 => means(Kind::Capacity, Permanent, ""),         // https://www.sqlite.org/rescode.html#toobig
        // https://www.sqlite.org/rescode.html#constraint and #mismatch
        19 | 20 => means(Kind::Serialization, Permanent, ""),
        // https://www.sqlite.org/rescode.html#notadb
        26 => means(Kind::Corrupt, Permanent, "the file is no SQLite database"),
        _ => means(Kind::Unexpected, Permanent, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: u32) -> (Kind, bool) {
        let Meaning { kind, permanence, .. } = meaning(code);
        (kind, permanence == Temporary)
    }

    #[test]
    fn extended_codes_mean_what_their_primary_means() {
        assert_eq!(of(5), (Kind::Transaction, true));
        assert_eq!(of(5 | (2 << 8)), (Kind::Transaction, true));
        assert_eq!(of(8 | (1 << 8)), (Kind::AccessDenied, true));
        assert_eq!(of(10 | (1 << 8)), (Kind::Connection, true));
    }

    #[test]
    fn a_full_disk_is_waited_for_and_a_record_too_large_is_not() {
        for full in [13, 10 | (3 << 8), 10 | (19 << 8)] {
            assert_eq!(of(full), (Kind::Capacity, true), "{full}");
            assert_eq!(meaning(full).advice, FULL);
        }
        assert_eq!(of(18), (Kind::Capacity, false));
        assert_eq!(of(19 | (7 << 8)), (Kind::Serialization, false));
    }
}
