use super::*;
use crate::record::RecordId;
use crate::storage::transition::{advance, check_advance};
use crate::storage::{Advance, Advanced, SourcePartition, Watermark};

fn stretch(generation: u32, from: i64, to: i64, last: Option<RecordId>) -> Advance {
    let partition = SourcePartition { cluster: "c".into(), topic: topic("orders-dlt"), partition: 0 };
    Advance { partition, generation, from, to, records: 2, quarantined: 1, last }
}

fn standing() -> Watermark {
    Watermark { generation: 1, next: 10, last: Some(RecordId::MIN), captured: 5, quarantined: 2 }
}

#[test]
fn it_moves_from_where_it_stands_and_counts() {
    let last = Some(RecordId::submitted());
    let (answer, moved) = advance(Some(&standing()), &stretch(1, 10, 20, last));
    assert_eq!(answer, Advanced::Moved);
    assert_eq!(moved, Some(Watermark { generation: 1, next: 20, last, captured: 7, quarantined: 3 }));
}

#[test]
fn the_first_advance_begins_anywhere() {
    let (answer, moved) = advance(None, &stretch(0, 3, 9, None));
    assert_eq!((answer, moved.map(|mark| (mark.next, mark.captured))), (Advanced::Moved, Some((9, 2))));
}

#[test]
fn a_stretch_without_records_keeps_the_last() {
    let (_, moved) = advance(Some(&standing()), &stretch(1, 10, 20, None));
    assert_eq!(moved.unwrap().last, Some(RecordId::MIN));
}

#[test]
fn the_same_advance_again_counts_nothing() {
    let same = stretch(1, 8, 10, Some(RecordId::MIN));
    assert_eq!(advance(Some(&standing()), &same), (Advanced::Moved, None));
}

#[test]
fn another_record_at_the_same_offset_is_another_generation() {
    let other = stretch(1, 8, 10, Some(RecordId::submitted()));
    assert_eq!(advance(Some(&standing()), &other), (Advanced::Refused(standing()), None));
    let (answer, moved) = advance(Some(&standing()), &stretch(2, 0, 4, None));
    assert_eq!(answer, Advanced::Moved);
    assert_eq!(moved, Some(Watermark { generation: 2, next: 4, last: None, captured: 7, quarantined: 3 }));
}

#[test]
fn it_stays_where_the_caller_is_mistaken() {
    for mistaken in
        [stretch(1, 9, 20, None), stretch(1, 5, 8, None), stretch(0, 10, 20, None), stretch(3, 10, 20, None)]
    {
        assert_eq!(
            advance(Some(&standing()), &mistaken),
            (Advanced::Refused(standing()), None),
            "{mistaken:?}"
        );
    }
}

#[test]
fn it_never_moves_backwards() {
    assert_eq!(kind(check_advance(&stretch(1, 10, 9, None))), StorageErrorKind::Validation);
    assert!(check_advance(&stretch(1, 10, 10, None)).is_ok());
}
