CREATE INDEX dlq_record_lane ON dlq_record (open_lane, place, id);
