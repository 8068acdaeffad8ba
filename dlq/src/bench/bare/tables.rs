//! What SQLite, MariaDB and MySQL are told alike to keep rows.

const RECORD: &str = "INSERT INTO dlq_record (id, topic, dead_letter_topic, partition_id, consumer_group, lane, place, \
    status, due_at, expires_at, notes, created_at, updated_at, error_type, fingerprint, class, root_class, message, \
    key_start, payload_size, tags) VALUES ";
const RECORD_VALUES: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const CONTENT: &str = "INSERT INTO dlq_content (id, details, checksum, block) VALUES ";
const CONTENT_VALUES: &str = "(?, ?, ?, ?)";
/// How many rows there are, each with its content.
pub(super) const ROWS: &str = "SELECT COUNT(*) FROM dlq_record JOIN dlq_content USING (id)";

/// The statements of so many rows, with what is said at their ends: of records, and of contents.
pub(super) fn inserts(rows: usize, end: &str) -> (String, String) {
    let rows = |values| vec![values; rows].join(", ");
    (format!("{RECORD}{}{end}", rows(RECORD_VALUES)), format!("{CONTENT}{}{end}", rows(CONTENT_VALUES)))
}

/// Writes a batch in a transaction, so many rows a statement. A macro, as no bound says of a database in general that it
/// takes all these values.
macro_rules! write_rows {
    ($batch:ident, $transaction:ident, at_a_time: $most:expr, end: $end:expr) => {
        let rows: Vec<_> = (0..$batch.len()).collect();
        for rows in rows.chunks($most) {
            let (records, contents) = tables::inserts(rows.len(), $end);
            let mut record = sqlx::query(sqlx::AssertSqlSafe(records));
            for &row in rows {
                record = record
                    .bind($batch.ids[row])
                    .bind(batch::TOPIC)
                    .bind($batch.dead_letter_topics[row].as_str())
                    .bind($batch.partitions[row])
                    .bind(batch::GROUP)
                    .bind($batch.lanes[row])
                    .bind($batch.places[row])
                    .bind(batch::PENDING)
                    .bind(None::<i64>)
                    .bind(None::<i64>)
                    .bind(None::<&str>)
                    .bind($batch.times[row])
                    .bind($batch.times[row])
                    .bind(batch::ERROR_TYPE)
                    .bind(batch::FINGERPRINT)
                    .bind(batch::CLASS)
                    .bind(None::<&str>)
                    .bind($batch.messages[row].as_str())
                    .bind($batch.keys[row].as_deref())
                    .bind($batch.sizes[row])
                    .bind(None::<&str>);
            }
            record.execute(&mut *$transaction).await?;
            let mut content = sqlx::query(sqlx::AssertSqlSafe(contents));
            for &row in rows {
                content = content
                    .bind($batch.ids[row])
                    .bind(batch::DETAILS)
                    .bind(batch::FINGERPRINT)
                    .bind($batch.blocks[row].as_ref());
            }
            content.execute(&mut *$transaction).await?;
        }
    };
}

pub(super) use write_rows;
