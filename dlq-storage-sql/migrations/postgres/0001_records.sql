-- Every number is a BIGINT: one width on the wire and in the code; the few bytes are lost beside a record's texts.

-- What changes of a record, narrow, and what is looked for. `class`, `root_class`, `message`, `error_type` and
-- `fingerprint` are the current failure's; `refailed` says that it is no longer the captured one. `key_start` is how the
-- key begins, NULL where there is none; `payload_size` is -1 for a null payload and -2 for a missing one; `tags` are
-- those of `notes`, each as JSON on a line of its own, with a line's end before the first.
CREATE TABLE dlq_record (
    id                  UUID NOT NULL PRIMARY KEY,
    topic               TEXT,
    dead_letter_topic   TEXT,
    partition_id        BIGINT,
    consumer_group      TEXT,
    lane                BIGINT,
    place               BIGINT NOT NULL DEFAULT 0,
    version             BIGINT NOT NULL DEFAULT 1,
    status              BIGINT NOT NULL,
    due_at              BIGINT,
    retry_count         BIGINT NOT NULL DEFAULT 0,
    last_retry_at       BIGINT,
    expires_at          BIGINT,
    attempt             BIGINT,
    redrive_id          UUID,
    target              TEXT,
    delivered_partition BIGINT,
    delivered_offset    BIGINT,
    attempt_open        BIGINT NOT NULL DEFAULT 0,
    lease_owner         TEXT,
    lease_until         BIGINT,
    fence               BIGINT NOT NULL DEFAULT 0,
    unsettled_claims    BIGINT NOT NULL DEFAULT 0,
    notes               TEXT,
    revision            BIGINT NOT NULL DEFAULT 0,
    operation           UUID,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    refailed            BIGINT NOT NULL DEFAULT 0,
    error_type          BIGINT NOT NULL,
    fingerprint         BIGINT NOT NULL,
    class               TEXT,
    root_class          TEXT,
    message             TEXT,
    key_start           BYTEA,
    payload_size        BIGINT NOT NULL DEFAULT -1,
    tags                TEXT
);

-- 0 pending, 1 retrying, 3 failed, 6 on hold: the open statuses; of these a claim never takes what is on hold.
CREATE INDEX dlq_record_due ON dlq_record (due_at, id) WHERE due_at IS NOT NULL AND status IN (0, 1, 3);
CREATE INDEX dlq_record_status ON dlq_record (status, id) WHERE status <> 0;
CREATE INDEX dlq_record_fingerprint ON dlq_record (fingerprint, id);

-- What was captured: written once, never changed.
CREATE TABLE dlq_content (
    id       UUID NOT NULL PRIMARY KEY,
    details  BYTEA NOT NULL,
    checksum BIGINT NOT NULL,
    block    BYTEA NOT NULL
) WITH (toast_tuple_target = 8160);

-- Blocks up to 8 KB stay in their page as they are; larger ones are moved out, compressed only where that is cheap.
-- Servers before 14, and those built without lz4, do not know it; EXECUTE, because they would not even compile it.
DO $$ BEGIN
    EXECUTE 'ALTER TABLE dlq_content ALTER block SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN
    ALTER TABLE dlq_content ALTER block SET STORAGE EXTERNAL;
END $$;

CREATE TABLE dlq_history (
    record      UUID NOT NULL,
    version     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    action      BIGINT NOT NULL,
    actor       TEXT NOT NULL,
    reason      TEXT,
    operation   UUID NOT NULL,
    bulk        BIGINT NOT NULL,
    from_status BIGINT NOT NULL,
    to_status   BIGINT NOT NULL,
    attempt     BIGINT,
    fields      TEXT,
    PRIMARY KEY (record, version)
);

CREATE INDEX dlq_history_bulk ON dlq_history (operation) WHERE bulk = 1;

-- Where attempts were delivered, so that their returns are recognised.
CREATE TABLE dlq_delivery (
    topic        TEXT NOT NULL,
    partition_id BIGINT NOT NULL,
    log_offset   BIGINT NOT NULL,
    record       UUID NOT NULL,
    attempt      BIGINT NOT NULL,
    redrive_id   UUID NOT NULL,
    PRIMARY KEY (topic, partition_id, log_offset)
);

CREATE INDEX dlq_delivery_record ON dlq_delivery (record);

-- Which arrivals were returns, so that each counts once.
CREATE TABLE dlq_return (
    arrival UUID NOT NULL PRIMARY KEY,
    record  UUID NOT NULL,
    attempt BIGINT NOT NULL
);

CREATE INDEX dlq_return_record ON dlq_return (record);

-- How many records a purge took, so that repeated it can tell.
CREATE TABLE dlq_purge (
    operation UUID NOT NULL PRIMARY KEY,
    records   BIGINT NOT NULL
);

-- Counters: a cell's count is the sum of its rows; rows are only ever added, and folded into fewer. `cell` is a status
-- (0 to 6), or 7 stored, 8 submitted, 9 returned, 10 purged, 11 imported, 12 evicted.
CREATE TABLE dlq_tally (
    seq         BIGINT NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    cell        BIGINT NOT NULL,
    topic       TEXT,
    error_type  BIGINT NOT NULL,
    fingerprint BIGINT NOT NULL,
    records     BIGINT NOT NULL,
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,
    sample      TEXT NOT NULL
);

CREATE TABLE dlq_watermark (
    cluster      TEXT COLLATE "C" NOT NULL,
    topic        TEXT COLLATE "C" NOT NULL,
    partition_id BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    next_offset  BIGINT NOT NULL,
    last_record  UUID,
    captured     BIGINT NOT NULL,
    quarantined  BIGINT NOT NULL,
    PRIMARY KEY (cluster, topic, partition_id)
);

CREATE TABLE dlq_document (
    kind    TEXT NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    json    TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
