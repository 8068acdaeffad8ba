use super::*;

fn key() -> Key {
    (TopicName::new("orders-dlt").unwrap(), 0)
}

fn start(next: i64) -> Start {
    let standing = Watermark { generation: 0, next, last: None, captured: 0, quarantined: 0 };
    Start { standing: Some(standing), generation: 0, expect: None }
}

fn stretch(next: i64, records: u64) -> Prefix {
    Prefix { next, records, quarantined: 0, last: RecordId::MIN }
}

fn at(next: i64) -> Watermark {
    Watermark { generation: 0, next, last: None, captured: 0, quarantined: 0 }
}

#[test]
fn a_watermark_moves_from_where_it_stood() {
    let mut partitions = Partitions::default();
    partitions.assign(key(), start(10));
    let share = partitions.hand_out(&key(), stretch(15, 5)).unwrap();
    assert!(partitions.advances(&"c".into()).is_empty(), "nothing is stored yet");
    partitions.stored(&share);
    let (epoch, advance) = partitions.advances(&"c".into()).remove(0);
    assert_eq!((advance.from, advance.to, advance.records), (10, 15, 5));
    assert_eq!(partitions.advanced(epoch, &advance, Advanced::Moved), Some((key(), Moved::Commit(15))));
    assert!(partitions.advances(&"c".into()).is_empty(), "it moves once");
}

#[test]
fn an_advance_without_an_answer_is_asked_again_with_what_came_since() {
    let mut partitions = Partitions::default();
    partitions.assign(key(), start(0));
    for (next, records) in [(2, 2), (7, 5)] {
        let share = partitions.hand_out(&key(), stretch(next, records)).unwrap();
        partitions.stored(&share);
        let (_, advance) = partitions.advances(&"c".into()).remove(0);
        assert_eq!((advance.from, advance.to, advance.records), (0, next, next.unsigned_abs()));
    }
}

#[test]
fn a_share_of_an_earlier_assignment_does_not_count() {
    let mut partitions = Partitions::default();
    partitions.assign(key(), start(0));
    let share = partitions.hand_out(&key(), stretch(5, 5)).unwrap();
    partitions.assign(key(), start(3));
    partitions.stored(&share);
    assert!(partitions.advances(&"c".into()).is_empty());
    partitions.revoke(&key());
    assert_eq!(partitions.hand_out(&key(), stretch(9, 1)), None);
}

#[test]
fn who_finds_the_watermark_moved_goes_on_from_there() {
    let mut partitions = Partitions::default();
    partitions.assign(key(), start(0));
    let share = partitions.hand_out(&key(), stretch(5, 5)).unwrap();
    partitions.stored(&share);
    let (epoch, advance) = partitions.advances(&"c".into()).remove(0);
    let rewind = partitions.advanced(epoch, &advance, Advanced::Refused(at(3)));
    assert_eq!(rewind, Some((key(), Moved::Rewind(at(3)))), "half of it is counted: it cannot be split");
    let beyond = partitions.advanced(epoch, &advance, Advanced::Refused(at(9)));
    assert_eq!(beyond, Some((key(), Moved::Rewind(at(9)))), "what comes next is counted, too");
    let there = partitions.advanced(epoch, &advance, Advanced::Refused(at(5)));
    assert_eq!(there, Some((key(), Moved::Commit(5))), "all of it is counted");
}

#[test]
fn a_new_generation_begins_below_where_the_old_one_stood() {
    let mut partitions = Partitions::default();
    partitions.assign(key(), Start { generation: 1, ..start(1000) });
    let share = partitions.hand_out(&key(), stretch(5, 5)).unwrap();
    partitions.stored(&share);
    let (_, advance) = partitions.advances(&"c".into()).remove(0);
    assert_eq!((advance.generation, advance.from, advance.to), (1, 0, 5));
}

#[test]
fn what_quarantine_keeps_is_told_with_the_advance_that_goes_over_it() {
    let mut partitions = Partitions::default();
    partitions.assign(key(), start(0));
    let shares = [3, 5, 9].map(|next| partitions.hand_out(&key(), stretch(next, 2)).unwrap());
    for (share, kept) in shares.iter().zip([1, 0, 2]) {
        partitions.quarantined(share, kept);
    }
    partitions.stored(&shares[0]);
    let (_, advance) = partitions.advances(&"c".into()).remove(0);
    assert_eq!((advance.records, advance.quarantined), (2, 1));
    partitions.stored(&shares[1]);
    partitions.stored(&shares[2]);
    let (_, advance) = partitions.advances(&"c".into()).remove(0);
    assert_eq!((advance.records, advance.quarantined), (6, 3), "together with what was not answered yet");
}
