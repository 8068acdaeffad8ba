//! Where capture of a newly assigned partition begins: the greater of what the group committed and the watermark.

use std::time::Duration;

use dlq_core::RecordId;
use dlq_core::observe::{DlqEvent, Observers};
use dlq_core::storage::Watermark;
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::partitions::{Key, Start};

/// How long the broker may take to say what it has.
const ASK: Duration = Duration::from_secs(10);

/// Where the log of a partition begins and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    pub(super) low: i64,
    pub(super) high: i64,
}

/// What is to be told of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// The log ends before what was captured: the topic was recreated.
    Recreated,
    /// Retention took these offsets before they were captured.
    Missing(i64, i64),
    /// The group had come further than this storage: these offsets were never captured into it.
    Skipped(i64, i64),
}

/// The offset from which a partition is read, how it starts, and what there is to tell: the greater of what the group
/// committed and the watermark, as far as the log has it. An offset of the group beyond the log's end is of an earlier
/// life of the topic, and counts for nothing.
pub(super) fn decide(
    committed: Option<i64>,
    watermark: Option<Watermark>,
    log: Log,
) -> (Offset, Start, Option<Alarm>) {
    let generation = watermark.as_ref().map_or(0, |watermark| watermark.generation);
    let stood = watermark.as_ref().map(|watermark| watermark.next);
    let within = committed.filter(|committed| *committed <= log.high);
    let next = within.max(stood).unwrap_or(log.low);
    let expect = watermark.as_ref().and_then(expected);
    let begin = |offset, generation, expect, alarm| {
        (Offset::Offset(offset), Start { standing: watermark.clone(), generation, expect }, alarm)
    };
    if log.high < next {
        return begin(log.low, generation + 1, None, Some(Alarm::Recreated));
    }
    if within != committed && stood.is_none() {
        return begin(log.low, generation, None, Some(Alarm::Recreated));
    }
    if log.low > next {
        return begin(log.low, generation, None, Some(Alarm::Missing(next, log.low)));
    }
    let captured_from = stood.unwrap_or(log.low).max(log.low);
    if captured_from < next {
        return begin(next, generation, None, Some(Alarm::Skipped(captured_from, next)));
    }
    match expect.filter(|(offset, _)| *offset >= log.low) {
        Some(expect) => begin(expect.0, generation, Some(expect), None),
        None => begin(next, generation, None, None),
    }
}

fn expected(standing: &Watermark) -> Option<(i64, RecordId)> {
    Some((standing.next.checked_sub(1)?, standing.last?))
}

/// Where the log of a partition begins and ends.
pub(super) fn ask_log<C: ConsumerContext>(consumer: &BaseConsumer<C>, key: &Key) -> KafkaResult<Log> {
    let (low, high) = consumer.fetch_watermarks(key.0.as_str(), key.1, ASK)?;
    Ok(Log { low, high })
}

/// What the group committed for these partitions, in their order.
pub(super) fn ask_committed<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    tpl: &TopicPartitionList,
) -> KafkaResult<Vec<Option<i64>>> {
    let committed = consumer.committed_offsets(tpl.clone(), ASK)?;
    let offset = |offset| if let Offset::Offset(offset) = offset { Some(offset) } else { None };
    Ok(committed.elements().iter().map(|element| offset(element.offset())).collect())
}

/// Says loudly what keeps a start from being where it was left.
pub(super) fn tell(alarm: Alarm, key: &Key, observers: &Observers) {
    let (topic, partition) = (&key.0, key.1);
    match alarm {
        Alarm::Recreated => tracing::error!(
            %topic, partition,
            "the topic was recreated: its log ends before what was captured; capture begins anew, in a new generation"
        ),
        Alarm::Missing(from, to) => {
            tracing::error!(%topic, partition, from, to, "retention took these offsets before they were captured");
            observers.tell(&DlqEvent::Missing { topic, partition, from, to });
        }
        Alarm::Skipped(from, to) => {
            tracing::error!(
                %topic, partition, from, to,
                "the group had committed these offsets, but they were never captured into this storage; a new \
                 kafka.group_id captures them"
            );
            observers.tell(&DlqEvent::Missing { topic, partition, from, to });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Log = Log { low: 0, high: 20 };

    fn standing(next: i64, last: Option<RecordId>) -> Option<Watermark> {
        Some(Watermark { generation: 2, next, last, captured: 7, quarantined: 0 })
    }

    fn offset(committed: Option<i64>, watermark: Option<Watermark>, log: Log) -> (Offset, Option<Alarm>) {
        let (offset, _, alarm) = decide(committed, watermark, log);
        (offset, alarm)
    }

    #[test]
    fn the_greater_of_the_two() {
        let at = |offset| (Offset::Offset(offset), None);
        assert_eq!(offset(None, None, LOG), at(0));
        assert_eq!(offset(Some(7), standing(9, None), LOG), at(9));
        assert_eq!(offset(None, standing(9, None), Log { low: 0, high: 9 }), at(9), "offsets that expired");
    }

    #[test]
    fn what_the_group_had_done_for_another_storage_is_told() {
        let skipped = |from, to| (Offset::Offset(to), Some(Alarm::Skipped(from, to)));
        assert_eq!(offset(Some(12), standing(9, None), LOG), skipped(9, 12));
        assert_eq!(offset(Some(7), None, LOG), skipped(0, 7));
        assert_eq!(offset(Some(7), None, Log { low: 7, high: 20 }), (Offset::Offset(7), None));
    }

    #[test]
    fn a_group_that_is_beyond_the_log_does_not_move_the_watermark() {
        let (offset, start, alarm) = decide(Some(30), standing(9, None), LOG);
        assert_eq!((offset, start.generation, alarm), (Offset::Offset(9), 2, None));
    }

    #[test]
    fn the_last_captured_record_is_looked_at_again() {
        let last = RecordId::submitted();
        let (offset, start, _) = decide(Some(9), standing(9, Some(last)), LOG);
        assert_eq!((offset, start.expect), (Offset::Offset(8), Some((8, last))));
        let (offset, start, _) = decide(Some(9), standing(9, Some(last)), Log { low: 9, high: 20 });
        assert_eq!((offset, start.expect), (Offset::Offset(9), None), "retention took it");
    }

    #[test]
    fn a_shorter_log_is_a_new_generation_and_a_gap_is_an_alarm() {
        let (offset, start, alarm) = decide(Some(9), standing(9, None), Log { low: 0, high: 3 });
        assert_eq!((offset, start.generation, alarm), (Offset::Offset(0), 3, Some(Alarm::Recreated)));
        let (offset, start, alarm) = decide(Some(9), standing(9, None), Log { low: 15, high: 20 });
        assert_eq!((offset, start.generation, alarm), (Offset::Offset(15), 2, Some(Alarm::Missing(9, 15))));
        let (offset, start, alarm) = decide(Some(9), None, Log { low: 0, high: 3 });
        assert_eq!((offset, start.generation, alarm), (Offset::Offset(0), 0, Some(Alarm::Recreated)));
    }
}
