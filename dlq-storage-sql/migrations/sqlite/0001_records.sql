-- What changes of a record, narrow, and what is looked for. `class`, `root_class`, `message`, `error_type` and
-- `fingerprint` are the current failure's; `refailed` says that it is no longer the captured one. `key_start` is how the
-- key begins, NULL where there is none; `payload_size` is -1 for a null payload and -2 for a missing one; `tags` are
-- those of `notes`, each as JSON on a line of its own, with a line's end before the first.
CREATE TABLE dlq_record (
    id                  BLOB NOT NULL PRIMARY KEY,
    topic               TEXT,
    dead_letter_topic   TEXT,
    partition_id        INTEGER,
    consumer_group      TEXT,
    lane                INTEGER,
    place               INTEGER NOT NULL DEFAULT 0,
    version             INTEGER NOT NULL DEFAULT 1,
    status              INTEGER NOT NULL DEFAULT 0,
    due_at              INTEGER,
    retry_count         INTEGER NOT NULL DEFAULT 0,
    last_retry_at       INTEGER,
    expires_at          INTEGER,
    attempt             INTEGER,
    redrive_id          BLOB,
    target              TEXT,
    delivered_partition INTEGER,
    delivered_offset    INTEGER,
    attempt_open        INTEGER NOT NULL DEFAULT 0,
    lease_owner         TEXT,
    lease_until         INTEGER,
    fence               INTEGER NOT NULL DEFAULT 0,
    unsettled_claims    INTEGER NOT NULL DEFAULT 0,
    notes               TEXT,
    revision            INTEGER NOT NULL DEFAULT 0,
    operation           BLOB,
    created_at          INTEGER NOT NULL DEFAULT 0,
    updated_at          INTEGER NOT NULL DEFAULT 0,
    refailed            INTEGER NOT NULL DEFAULT 0,
    error_type          INTEGER NOT NULL DEFAULT 0,
    fingerprint         INTEGER NOT NULL DEFAULT 0,
    class               TEXT,
    root_class          TEXT,
    message             TEXT,
    key_start           BLOB,
    payload_size        INTEGER NOT NULL DEFAULT -1,
    tags                TEXT
) STRICT;

-- 0 pending, 1 retrying, 3 failed, 6 on hold: the open statuses; of these a claim never takes what is on hold.
CREATE INDEX dlq_record_due ON dlq_record (due_at, id) WHERE due_at IS NOT NULL AND status IN (0, 1, 3);
CREATE INDEX dlq_record_status ON dlq_record (status, id) WHERE status <> 0;
CREATE INDEX dlq_record_fingerprint ON dlq_record (fingerprint, id);

-- What was captured: written once, never changed.
CREATE TABLE dlq_content (
    id       BLOB NOT NULL PRIMARY KEY,
    details  BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    block    BLOB NOT NULL
) STRICT;

CREATE TABLE dlq_history (
    record      BLOB NOT NULL,
    version     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    action      INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    reason      TEXT,
    operation   BLOB NOT NULL,
    bulk        INTEGER NOT NULL,
    from_status INTEGER NOT NULL,
    to_status   INTEGER NOT NULL,
    attempt     INTEGER,
    fields      TEXT,
    PRIMARY KEY (record, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX dlq_history_bulk ON dlq_history (operation) WHERE bulk = 1;

-- Where attempts were delivered, so that their returns are recognised.
CREATE TABLE dlq_delivery (
    topic        TEXT NOT NULL,
    partition_id INTEGER NOT NULL,
    log_offset   INTEGER NOT NULL,
    record       BLOB NOT NULL,
    attempt      INTEGER NOT NULL,
    redrive_id   BLOB NOT NULL,
    PRIMARY KEY (topic, partition_id, log_offset)
) STRICT, WITHOUT ROWID;

CREATE INDEX dlq_delivery_record ON dlq_delivery (record);

-- Which arrivals were returns, so that each counts once.
CREATE TABLE dlq_return (
    arrival BLOB NOT NULL PRIMARY KEY,
    record  BLOB NOT NULL,
    attempt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX dlq_return_record ON dlq_return (record);

-- How many records a purge took, so that repeated it can tell.
CREATE TABLE dlq_purge (
    operation BLOB NOT NULL PRIMARY KEY,
    records   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Counters: a cell's count is the sum of its rows; rows are only ever added, and folded into fewer. `cell` is a status
-- (0 to 6), or 7 stored, 8 submitted, 9 returned, 10 purged, 11 imported, 12 evicted.
CREATE TABLE dlq_tally (
    seq         INTEGER NOT NULL PRIMARY KEY,
    cell        INTEGER NOT NULL,
    topic       TEXT,
    error_type  INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL,
    records     INTEGER NOT NULL,
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    sample      TEXT NOT NULL
) STRICT;

CREATE TABLE dlq_watermark (
    cluster      TEXT NOT NULL,
    topic        TEXT NOT NULL,
    partition_id INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    next_offset  INTEGER NOT NULL,
    last_record  BLOB,
    captured     INTEGER NOT NULL,
    quarantined  INTEGER NOT NULL,
    PRIMARY KEY (cluster, topic, partition_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dlq_document (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    json    TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
