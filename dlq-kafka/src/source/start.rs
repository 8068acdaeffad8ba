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

/// What keeps a start from being where it was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// The log is shorter than what was captured: the topic was recreated.
    Recreated,
    /// Retention took these offsets before they were captured.
    Missing(i64, i64),
}

/// The offset from which a partition is read, how it starts, and what there is to tell.
pub(super) fn decide(
    committed: Option<i64>,
    watermark: Option<Watermark>,
    log: Option<Log>,
) -> (Offset, Start, Option<Alarm>) {
    let generation = watermark.as_ref().map_or(0, |watermark| watermark.generation);
    let begin = |offset, generation, expect, alarm| {
        (offset, Start { standing: watermark.clone(), generation, expect }, alarm)
    };
    let (Some(standing), Some(log)) = (&watermark, log) else {
        return begin(committed.map_or(Offset::Beginning, Offset::Offset), generation, None, None);
    };
    let next = committed.unwrap_or(0).max(standing.next);
    if log.high < standing.next {
        return begin(Offset::Offset(log.low), generation + 1, None, Some(Alarm::Recreated));
    }
    if log.low > next {
        return begin(Offset::Offset(log.low), generation, None, Some(Alarm::Missing(next, log.low)));
    }
    match expected(standing).filter(|(offset, _)| next == standing.next && *offset >= log.low) {
        Some(expect) => begin(Offset::Offset(expect.0), generation, Some(expect), None),
        None => begin(Offset::Offset(next), generation, None, None),
    }
}

fn expected(standing: &Watermark) -> Option<(i64, RecordId)> {
    Some((standing.next.checked_sub(1)?, standing.last?))
}

/// Where the log of a partition that has a watermark begins and ends.
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(next: i64, last: Option<RecordId>) -> Option<Watermark> {
        Some(Watermark { generation: 2, next, last, captured: 7 })
    }

    fn log(low: i64, high: i64) -> Option<Log> {
        Some(Log { low, high })
    }

    #[test]
    fn the_greater_of_the_two() {
        assert_eq!(decide(None, None, None).0, Offset::Beginning);
        assert_eq!(decide(Some(7), None, None).0, Offset::Offset(7));
        assert_eq!(decide(Some(7), standing(9, None), log(0, 20)).0, Offset::Offset(9));
        assert_eq!(decide(Some(12), standing(9, None), log(0, 20)).0, Offset::Offset(12));
        assert_eq!(decide(None, standing(9, None), log(0, 9)).0, Offset::Offset(9), "offsets that expired");
    }

    #[test]
    fn the_last_captured_record_is_looked_at_again() {
        let last = RecordId::submitted();
        let (offset, start, _) = decide(Some(9), standing(9, Some(last)), log(0, 20));
        assert_eq!((offset, start.expect), (Offset::Offset(8), Some((8, last))));
        let (offset, start, _) = decide(Some(9), standing(9, Some(last)), log(9, 20));
        assert_eq!((offset, start.expect), (Offset::Offset(9), None), "retention took it");
    }

    #[test]
    fn a_shorter_log_is_a_new_generation_and_a_gap_is_an_alarm() {
        let (offset, start, alarm) = decide(Some(9), standing(9, None), log(0, 3));
        assert_eq!((offset, start.generation, alarm), (Offset::Offset(0), 3, Some(Alarm::Recreated)));
        let (offset, start, alarm) = decide(Some(9), standing(9, None), log(15, 20));
        assert_eq!((offset, start.generation, alarm), (Offset::Offset(15), 2, Some(Alarm::Missing(9, 15))));
    }
}
