//! A topic that was deleted and made anew is noticed by its first message.

use dlq_core::RecordId;
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::BorrowedMessage;

use super::capture::Capture;
use super::consumer::SEEK;
use super::context::SourceContext;
use super::partitions::Start;
use crate::error::SourceError;

/// Compares the first message of a partition with the last one that was captured. Answers whether it is to be
/// captured: the same one again is not, and one of a recreated topic is captured from its beginning.
pub(super) fn is_as_expected(
    consumer: &BaseConsumer<SourceContext>,
    capture: &mut Capture,
    message: &BorrowedMessage<'_>,
) -> Result<bool, SourceError> {
    let from = capture.captured_from(message)?;
    let key = (from.topic.clone(), from.partition);
    let mut state = consumer.context().state();
    let Some(assigned) = state.partitions.get_mut(&key) else { return Ok(true) };
    let expected = assigned.start.expect.take();
    let start = assigned.start.clone();
    state.expects_any = state.partitions.any_expected();
    match expected {
        Some((offset, id)) if offset == from.offset && id == RecordId::captured(&from) => Ok(false),
        Some((offset, _)) if offset == from.offset => {
            tracing::error!(
                topic = %key.0, partition = key.1,
                "the topic was recreated: another record stands where the last one was captured; capture begins \
                 anew, in a new generation"
            );
            state.partitions.assign(key, Start { generation: start.generation + 1, ..start });
            drop(state);
            consumer.seek(from.topic.as_str(), from.partition, Offset::Beginning, SEEK)?;
            Ok(false)
        }
        _ => Ok(true),
    }
}
