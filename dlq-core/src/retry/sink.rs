//! The port through which records are sent home.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::record::{Delivered, DlqRecord};

/// What became of sending one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The target accepted it, there if the target said where.
    Delivered(Option<Delivered>),
    /// The target does not take it, and will not: it is too large, not allowed, or there is no such target.
    Refused(String),
    /// No one knows: it may have been accepted. It is sent again under the same redrive id.
    Unknown(String),
}

/// Sends claimed records home, each as its open attempt says.
#[async_trait]
pub trait Sink: Send + Sync + Debug {
    /// Sends records; one answer each, in order, once the target has answered or the time is up. Records of one key go
    /// out in the order given.
    async fn send(&self, records: &[DlqRecord]) -> Vec<Sent>;
}
