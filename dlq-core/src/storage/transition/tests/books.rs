use super::*;
use crate::record::{CapturedFrom, ErrorType, SourcePartition};
use crate::storage::account::Watermark;
use crate::storage::transition::{Cell, Deltas};
use crate::storage::{Dimension, TallyKey};

fn captured_record(offset: i64, topic_name: &str) -> DlqRecord {
    let from = CapturedFrom {
        source: SourcePartition { cluster: "c".into(), topic: topic("orders-dlt"), partition: 0 }.into(),
        offset,
        timestamp: Timestamp::from_millis(offset),
    };
    let origin = Origin { topic: Some(topic(topic_name)), ..Origin::default() };
    let captured = Captured { from: Some(from), origin, ..captured(b"{}") };
    DlqRecord::new(captured, Timestamp::from_millis(offset))
}

#[test]
fn storing_moving_and_purging_keep_the_books() {
    let mut books = Deltas::default();
    let mut first = captured_record(1, "orders");
    let second = captured_record(2, "payments");
    let submitted = record();
    for record in [&first, &second, &submitted] {
        books.store(record);
    }
    let before = Cell::of(&first);
    claim(&mut first, &request(), NOW).unwrap();
    books.change(before, &first);
    books.purge(&second);
    books.come_back(&captured_record(3, "orders"));

    let account =
        books.account(&[Watermark { generation: 0, next: 9, last: None, captured: 3, quarantined: 0 }]);
    assert_eq!((account.captured, account.submitted, account.stored), (3, 1, 3));
    assert_eq!((account.returned, account.purged, account.by_status), (1, 1, [1, 1, 0, 0, 0, 0, 0]));
    assert!(account.balances());
}

#[test]
fn a_batch_is_one_delta_a_cell() {
    let mut deltas = Deltas::default();
    for offset in 5..105 {
        deltas.store(&captured_record(offset, "orders"));
    }
    let cells: Vec<_> = deltas.cells().collect();
    let (cell, delta) = cells[0];
    assert_eq!((cells.len(), cell.topic.as_ref(), delta.records), (1, Some(&topic("orders")), 100));
    assert_eq!((delta.first_seen, delta.last_seen), (Timestamp::from_millis(5), Timestamp::from_millis(104)));
}

#[test]
fn tallies_sum_by_one_dimension_and_leave_out_what_is_gone() {
    let mut deltas = Deltas::default();
    let (orders, payments) = (captured_record(1, "orders"), captured_record(2, "payments"));
    deltas.store(&orders);
    deltas.store(&payments);
    deltas.purge(&payments);
    let by_topic = deltas.tallies(Dimension::Topic);
    assert_eq!(by_topic.len(), 1);
    assert_eq!(by_topic[0].key, TallyKey::Topic(Some("orders".to_owned())));
    assert_eq!((by_topic[0].total(), by_topic[0].sample), (1, orders.id));
}

#[test]
fn a_new_failure_moves_the_record_to_another_group() {
    let mut deltas = Deltas::default();
    let mut record = claimed();
    deltas.store(&record);
    let before = Cell::of(&record);
    let outcome = Outcome::Failed {
        failure: FailureSummary { error_type: ErrorType::Validation, ..failure("bad") },
        then: DlqStatus::Failed,
        retry_in: None,
    };
    complete(&mut record, outcome, NOW).unwrap();
    deltas.change(before, &record);
    let by_type = deltas.tallies(Dimension::ErrorType);
    assert_eq!(
        by_type.iter().map(|tally| &tally.key).collect::<Vec<_>>(),
        [&TallyKey::ErrorType(ErrorType::Validation)]
    );
    assert_eq!(by_type[0].with_status(DlqStatus::Failed), 1);
}
