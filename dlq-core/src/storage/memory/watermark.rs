//! How far capture has come.

use super::state::State;
use crate::record::SourcePartition;
use crate::storage::account::{Advance, Advanced, Watermark};
use crate::storage::transition;

impl State {
    pub(super) fn advance(&mut self, advance: &Advance) -> Advanced {
        let standing = self.watermarks.get(&advance.partition);
        let (answer, moved) = transition::advance(standing, advance);
        if let Some(moved) = moved {
            self.watermarks.insert(advance.partition.clone(), moved);
        }
        answer
    }

    pub(super) fn watermark(&self, partition: &SourcePartition) -> Option<Watermark> {
        self.watermarks.get(partition).cloned()
    }

    pub(super) fn all_watermarks(&self) -> Vec<(SourcePartition, Watermark)> {
        self.watermarks.iter().map(|(partition, watermark)| (partition.clone(), watermark.clone())).collect()
    }
}
