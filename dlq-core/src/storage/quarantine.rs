//! [`Quarantine`]: the port for what a storage refuses.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::record::DlqRecord;

/// A record that a storage refused for good, and why.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// The record, with its content as it came.
    pub record: DlqRecord,
    /// What the storage said.
    pub reason: String,
}

/// Keeps what a storage refuses, so that nothing is lost and its partition moves on.
///
/// Keeping is safe to repeat: what is kept is named by the record's id, and the same record kept twice is one.
#[async_trait]
pub trait Quarantine: Send + Sync + Debug {
    /// Keeps records durably; one answer each, in order.
    async fn keep(&self, refused: Vec<Quarantined>) -> Vec<Result<(), NotKept>>;
}

/// Quarantine could not keep a record: it is offered again.
#[derive(Clone, Debug, thiserror::Error)]
#[error("quarantine did not keep it: {0}")]
pub struct NotKept(pub String);
