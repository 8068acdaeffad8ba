//! [`ProcessingMetadata`]: what a handler noted about its last work on a record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a handler noted about its last work on a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProcessingMetadata {
    /// Who worked on it.
    pub processed_by: Option<String>,
    /// How long that took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The batch in which it travelled.
    pub batch_id: Option<String>,
    /// Which attempt it was, from 1.
    pub attempt: Option<u32>,
    /// How long the attempt had been put off, in milliseconds.
    pub backoff_ms: Option<u64>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Numbers of the handler's own.
    pub metrics: BTreeMap<String, f64>,
}
