//! The bare program's map.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use super::Writer;
use super::batch::Batch;

/// Blocks by their ids.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<Uuid, Bytes>>);

#[async_trait]
impl Writer for Memory {
    async fn write(&self, batch: Batch) -> anyhow::Result<()> {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batch.ids.into_iter().zip(batch.blocks).for_each(|(id, block)| {
            map.entry(id).or_insert(block);
        });
        Ok(())
    }

    async fn rows(&self) -> anyhow::Result<u64> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).len() as u64)
    }
}
