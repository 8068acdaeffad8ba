//! What differs between the databases, as plain data.

/// What differs between the databases.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Writes the n-th placeholder of a statement, from 1.
    pub(crate) placeholder: fn(&mut String, usize),
    /// Whether many rows are bound as one array for each column, rather than value by value.
    pub(crate) arrays: bool,
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

#[cfg(feature = "sqlite")]
pub(crate) const SQLITE: Dialect = Dialect {
    placeholder: |text, _| text.push('?'),
    arrays: false,
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
