//! What differs between the databases, as plain data.

/// What differs between the databases.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Writes the n-th placeholder of a statement, from 1.
    pub(crate) placeholder: fn(&mut String, usize),
    /// Whether many rows are bound as one array for each column, rather than value by value.
    pub(crate) arrays: bool,
    /// The numbers of rows that a statement with values has, down to one: few, so that few are ever prepared.
    pub(crate) shapes: &'static [usize],
    /// Whether a query may begin with rows that it is joined with; else the rows are told as alternatives.
    pub(crate) joins_rows: bool,
    /// Ends an insert that leaves a row as it is whose key is there; `None` where such an insert fails instead.
    pub(crate) or_nothing: Option<&'static str>,
    /// Goes on with an insert that changes the row whose key is there.
    pub(crate) or_update: fn(key: &str) -> String,
    /// The value that such an insert brought for a column.
    pub(crate) brought: fn(column: &str) -> String,
    /// What a cast names a whole number of 64 bits.
    pub(crate) integer: &'static str,
    /// Where `dlq_record AS r` says when a claim may take it, for the index of what is due.
    pub(crate) claimable_at: &'static str,
    /// Where `dlq_record AS b` says in which lane it is, for the index of open records in lanes.
    pub(crate) open_lane: &'static str,
    /// Has these tables read along those indexes, where the planner may think otherwise.
    pub(crate) along_due: &'static str,
    pub(crate) along_lane: &'static str,
    /// Begins a transaction that writes.
    pub(crate) begin: &'static str,
    /// Locks the rows that a transaction reads to change them; empty where writers are serialised anyway.
    pub(crate) for_update: &'static str,
    /// The same, passing by what another has locked.
    pub(crate) skip_locked: &'static str,
    /// Asks the database's clock for milliseconds since the epoch; `None` where it is this machine's.
    pub(crate) clock: Option<&'static str>,
    /// Asks for settings under which what was acknowledged may be lost, each as a sentence.
    pub(crate) unsafe_settings: Option<&'static str>,
    /// Finds a text in a text: the function that takes the whole and the part.
    pub(crate) position_in_text: &'static str,
    /// Finds bytes in the block of `dlq_content AS h`: what stands before and behind them.
    pub(crate) position_in_block: [&'static str; 2],
    /// How many values one statement can bind.
    pub(crate) values_max: usize,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
const POWERS_OF_TWO: &[usize] = &[64, 32, 16, 8, 4, 2, 1];

#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn on_conflict(key: &str) -> String {
    format!(" ON CONFLICT ({key}) DO UPDATE SET ")
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn excluded(column: &str) -> String {
    format!("excluded.{column}")
}

#[cfg(feature = "sqlite")]
pub(crate) const SQLITE: Dialect = Dialect {
    placeholder: |text, _| text.push('?'),
    arrays: false,
    shapes: POWERS_OF_TWO,
    joins_rows: true,
    or_nothing: Some(" ON CONFLICT DO NOTHING"),
    or_update: on_conflict,
    brought: excluded,
    integer: "BIGINT",
    claimable_at: "r.due_at",
    open_lane: "b.lane",
    along_due: "",
    along_lane: "",
    // A transaction that begins as a reader and then writes may fail at once, whatever the busy timeout:
    // https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions
    begin: "BEGIN IMMEDIATE",
    for_update: "",
    skip_locked: "",
    clock: None,
    unsafe_settings: None,
    position_in_text: "INSTR",
    position_in_block: ["INSTR(h.block, ", ")"],
    // https://www.sqlite.org/limits.html#max_variable_number
    values_max: 32_766,
};

#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: Dialect = Dialect {
    placeholder: |text, n| text.push_str(&format!("${n}")),
    arrays: true,
    shapes: POWERS_OF_TWO,
    joins_rows: true,
    or_nothing: Some(" ON CONFLICT DO NOTHING"),
    or_update: on_conflict,
    brought: excluded,
    integer: "BIGINT",
    claimable_at: "r.due_at",
    open_lane: "b.lane",
    along_due: "",
    along_lane: "",
    begin: "BEGIN",
    for_update: " FOR UPDATE OF r",
    skip_locked: " FOR UPDATE OF r SKIP LOCKED",
    clock: Some("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS number"),
    unsafe_settings: Some(
        "SELECT name || ' is off: what was acknowledged may be lost in a crash of the server' AS text \
         FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'",
    ),
    position_in_text: "STRPOS",
    position_in_block: ["POSITION(", " IN h.block)"],
    // Lists are bound as one array each.
    values_max: usize::MAX,
};

/// MariaDB, and MySQL's own server.
#[cfg(feature = "mysql")]
pub(crate) const MYSQL: Dialect = Dialect {
    placeholder: |text, _| text.push('?'),
    arrays: false,
    shapes: &[100, 50, 20, 10, 5, 2, 1],
    joins_rows: false,
    // INSERT IGNORE would also ignore what does not fit into its column, and how many rows ON DUPLICATE KEY touched does
    // not say how many were new: the driver asks for rows that were found, not changed.
    or_nothing: None,
    or_update: |_| " ON DUPLICATE KEY UPDATE ".to_owned(),
    // MySQL would rather have a name for the row, which MariaDB does not know:
    // https://dev.mysql.com/doc/refman/8.4/en/insert-on-duplicate.html
    brought: |column| format!("VALUES({column})"),
    integer: "SIGNED",
    // There are no partial indexes: columns that the table computes are null where a record is none of theirs.
    claimable_at: "r.claimable_at",
    open_lane: "b.open_lane",
    // What is read in another order must be sorted, and is locked until then: a claim of a few would hold all that is due.
    along_due: " FORCE INDEX (dlq_record_due)",
    along_lane: " FORCE INDEX (dlq_record_lane)",
    begin: "BEGIN",
    // MariaDB knows no FOR UPDATE OF.
    for_update: " FOR UPDATE",
    skip_locked: " FOR UPDATE SKIP LOCKED",
    // The session's zone is UTC, where no hour comes twice.
    clock: Some("SELECT CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED) AS number"),
    unsafe_settings: Some(
        "SELECT CONCAT('innodb_flush_log_at_trx_commit is ', @@GLOBAL.innodb_flush_log_at_trx_commit, \
            ': what was acknowledged may be lost in a crash of the server') AS text \
            FROM DUAL WHERE @@GLOBAL.innodb_flush_log_at_trx_commit <> 1 \
         UNION ALL SELECT 'innodb_doublewrite is off: a page that was half written when power failed is lost' \
            FROM DUAL WHERE CAST(@@GLOBAL.innodb_doublewrite AS CHAR) IN ('0', 'OFF') \
         UNION ALL SELECT 'sync_binlog is not 1: replicas may lack what was acknowledged before a crash' \
            FROM DUAL WHERE @@GLOBAL.log_bin = 1 AND @@GLOBAL.sync_binlog <> 1",
    ),
    position_in_text: "INSTR",
    position_in_block: ["INSTR(h.block, ", ")"],
    values_max: 65_535,
};
