-- Ten million records take longer than a statement may.
SET LOCAL statement_timeout = 0;
CREATE INDEX IF NOT EXISTS dlq_record_lane ON dlq_record (lane, place, id)
    WHERE lane IS NOT NULL AND status IN (0, 1, 3, 6);
