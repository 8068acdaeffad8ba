-- Every text compares byte for byte, with the spaces at its end: MariaDB and MySQL each have a name of their own for that,
-- and each passes by what is meant for the other. Texts of keys are as long as an index of 3072 bytes allows.
-- Whatever makes a table cannot be undone: a script that was interrupted begins again, and passes by what is there.

-- What changes of a record, narrow, and what is looked for. `class`, `root_class`, `message`, `error_type` and
-- `fingerprint` are the current failure's; `refailed` says that it is no longer the captured one. `key_start` is how the
-- key begins, NULL where there is none; `payload_size` is -1 for a null payload and -2 for a missing one; `tags` are
-- those of `notes`, each as JSON on a line of its own, with a line's end before the first.
-- Statuses: 0 pending, 1 retrying, 3 failed, 6 on hold are the open ones; of these a claim never takes what is on hold.
CREATE TABLE IF NOT EXISTS dlq_record (
    id                  BINARY(16) NOT NULL PRIMARY KEY,
    topic               VARCHAR(249),
    dead_letter_topic   VARCHAR(249),
    partition_id        BIGINT,
    consumer_group      TEXT,
    lane                BIGINT,
    place               BIGINT NOT NULL DEFAULT 0,
    version             BIGINT NOT NULL DEFAULT 1,
    status              BIGINT NOT NULL DEFAULT 0,
    due_at              BIGINT,
    retry_count         BIGINT NOT NULL DEFAULT 0,
    last_retry_at       BIGINT,
    expires_at          BIGINT,
    attempt             BIGINT,
    redrive_id          BINARY(16),
    target              VARCHAR(249),
    delivered_partition BIGINT,
    delivered_offset    BIGINT,
    attempt_open        BIGINT NOT NULL DEFAULT 0,
    lease_owner         TEXT,
    lease_until         BIGINT,
    fence               BIGINT NOT NULL DEFAULT 0,
    unsettled_claims    BIGINT NOT NULL DEFAULT 0,
    notes               LONGTEXT,
    revision            BIGINT NOT NULL DEFAULT 0,
    operation           BINARY(16),
    created_at          BIGINT NOT NULL DEFAULT 0,
    updated_at          BIGINT NOT NULL DEFAULT 0,
    refailed            BIGINT NOT NULL DEFAULT 0,
    error_type          BIGINT NOT NULL DEFAULT 0,
    fingerprint         BIGINT NOT NULL DEFAULT 0,
    class               TEXT,
    root_class          TEXT,
    message             TEXT,
    key_start           VARBINARY(64),
    payload_size        BIGINT NOT NULL DEFAULT -1,
    tags                LONGTEXT,
    claimable_at        BIGINT GENERATED ALWAYS AS (CASE WHEN status IN (0, 1, 3) THEN due_at END) STORED,
    open_lane           BIGINT GENERATED ALWAYS AS (CASE WHEN status IN (0, 1, 3, 6) THEN lane END) STORED,
    INDEX dlq_record_due (claimable_at, id),
    INDEX dlq_record_status (status, id),
    INDEX dlq_record_fingerprint (fingerprint, id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

-- What was captured: written once, never changed.
CREATE TABLE IF NOT EXISTS dlq_content (
    id       BINARY(16) NOT NULL PRIMARY KEY,
    details  LONGBLOB NOT NULL,
    checksum BIGINT NOT NULL,
    block    LONGBLOB NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS dlq_history (
    record      BINARY(16) NOT NULL,
    version     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    action      BIGINT NOT NULL,
    actor       TEXT NOT NULL,
    reason      LONGTEXT,
    operation   BINARY(16) NOT NULL,
    bulk        BIGINT NOT NULL,
    from_status BIGINT NOT NULL,
    to_status   BIGINT NOT NULL,
    attempt     BIGINT,
    fields      LONGTEXT,
    bulk_operation BINARY(16) GENERATED ALWAYS AS (CASE WHEN bulk = 1 THEN operation END) STORED,
    PRIMARY KEY (record, version),
    INDEX dlq_history_bulk (bulk_operation)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

-- Where attempts were delivered, so that their returns are recognised.
CREATE TABLE IF NOT EXISTS dlq_delivery (
    topic        VARCHAR(249) NOT NULL,
    partition_id BIGINT NOT NULL,
    log_offset   BIGINT NOT NULL,
    record       BINARY(16) NOT NULL,
    attempt      BIGINT NOT NULL,
    redrive_id   BINARY(16) NOT NULL,
    PRIMARY KEY (topic, partition_id, log_offset),
    INDEX dlq_delivery_record (record)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

-- Which arrivals were returns, so that each counts once.
CREATE TABLE IF NOT EXISTS dlq_return (
    arrival BINARY(16) NOT NULL PRIMARY KEY,
    record  BINARY(16) NOT NULL,
    attempt BIGINT NOT NULL,
    INDEX dlq_return_record (record)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

-- How many records a purge took, so that repeated it can tell.
CREATE TABLE IF NOT EXISTS dlq_purge (
    operation BINARY(16) NOT NULL PRIMARY KEY,
    records   BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

-- Counters: a cell's count is the sum of its rows; rows are only ever added, and folded into fewer. `cell` is a status
-- (0 to 6), or 7 stored, 8 submitted, 9 returned, 10 purged, 11 imported, 12 evicted.
CREATE TABLE IF NOT EXISTS dlq_tally (
    seq         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    cell        BIGINT NOT NULL,
    topic       VARCHAR(249),
    error_type  BIGINT NOT NULL,
    fingerprint BIGINT NOT NULL,
    records     BIGINT NOT NULL,
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,
    sample      VARCHAR(36) NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS dlq_watermark (
    cluster      VARCHAR(500) NOT NULL,
    topic        VARCHAR(249) NOT NULL,
    partition_id BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    next_offset  BIGINT NOT NULL,
    last_record  BINARY(16),
    captured     BIGINT NOT NULL,
    quarantined  BIGINT NOT NULL,
    PRIMARY KEY (cluster, topic, partition_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS dlq_document (
    kind    VARCHAR(150) NOT NULL,
    id      VARCHAR(600) NOT NULL,
    version BIGINT NOT NULL,
    json    LONGTEXT NOT NULL,
    PRIMARY KEY (kind, id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;
