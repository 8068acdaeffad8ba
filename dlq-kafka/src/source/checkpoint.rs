//! Watermarks move before offsets are committed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dlq_core::DlqStorage;
use dlq_core::storage::{Advance, Advanced, StorageResult, in_time};
use rdkafka::Offset;
use rdkafka::consumer::{CommitMode, Consumer};

use super::consumer::{KafkaSource, SEEK};
use super::partitions::Start;
use crate::error::SourceError;

/// What became of the advances of one checkpoint.
pub(super) type Answers = Vec<(u64, Advance, StorageResult<Advanced>)>;

/// Moves watermarks, one after another; those that the storage does not answer are left for the next checkpoint.
pub(super) async fn advance_all(
    storage: Arc<dyn DlqStorage>,
    advances: Vec<(u64, Advance)>,
    deadline: Duration,
) -> Answers {
    let mut answers = Vec::with_capacity(advances.len());
    for (epoch, advance) in advances {
        let answer = in_time(deadline, "advance", storage.advance(&advance)).await;
        answers.push((epoch, advance, answer));
    }
    answers
}

impl KafkaSource {
    /// Moves the watermarks on the runtime, and commits when that is done.
    pub(super) fn checkpoint(&mut self) {
        let context = Arc::clone(self.consumer.context());
        let mut state = context.state();
        if let Some(running) = state.checkpoint.take_if(|running| running.is_finished()) {
            drop(state);
            if let Ok(answers) = context.runtime.block_on(running) {
                context.commit(&self.consumer, answers, CommitMode::Async);
            }
        } else if state.checkpoint.is_none() && Instant::now() >= self.next_checkpoint {
            let advances = state.partitions.advances(context.cluster());
            drop(state);
            if !advances.is_empty() && context.are_the_same(&self.consumer, &advances) {
                let work = advance_all(Arc::clone(&context.storage), advances, context.store_timeout);
                context.state().checkpoint = Some(context.runtime.spawn(work));
            }
            self.next_checkpoint = Instant::now() + self.config.commit_interval;
        }
    }

    /// Goes on from where a watermark stands that is elsewhere than was believed.
    pub(super) fn rewind(&mut self) -> Result<(), SourceError> {
        let rewinds = std::mem::take(&mut self.state().rewinds);
        for (key, standing) in rewinds {
            tracing::info!(topic = %key.0, partition = key.1, next = standing.next, "the watermark stands elsewhere: capture goes on there");
            let (generation, next) = (standing.generation, standing.next);
            self.building.forget(&key);
            self.state().let_go(&key);
            self.state()
                .partitions
                .assign(key.clone(), Start { standing: Some(standing), generation, expect: None });
            self.consumer.seek(key.0.as_str(), key.1, Offset::Offset(next), SEEK)?;
        }
        Ok(())
    }
}
