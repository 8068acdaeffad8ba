//! Who changed what, when, and why.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DlqStatus, Name};
use crate::clock::Timestamp;

/// Who wants a change, why, and the name under which it may be repeated without harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Who, such as `user:anna` or `worker:host-1`.
    pub actor: Name,
    /// Why.
    pub reason: Option<Name>,
    /// Names this change: written twice, it counts once.
    pub operation: OperationId,
}

impl Change {
    /// A change of its own name.
    #[must_use]
    pub fn by(actor: impl Into<Name>) -> Self {
        Self { actor: actor.into(), reason: None, operation: OperationId::new() }
    }

    /// The same with a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Name>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// Names one change, or one bulk change of many records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub Uuid);

impl OperationId {
    /// A new name.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What kind of change an entry tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A worker claimed the record.
    Claimed,
    /// Its lease was renewed.
    Renewed,
    /// An attempt ended with an outcome.
    Completed,
    /// A worker gave it back without an outcome.
    Released,
    /// It came back as a dead letter.
    Returned,
    /// Its progress was replaced as a whole.
    Replaced,
    /// A patch was applied.
    Patched,
    /// It left a terminal status on someone's word.
    Reopened,
    /// Too many claims had no outcome.
    Held,
}

impl Action {
    /// Every action, in the order of [`Action::code`].
    pub const ALL: [Self; 9] = [
        Self::Claimed,
        Self::Renewed,
        Self::Completed,
        Self::Released,
        Self::Returned,
        Self::Replaced,
        Self::Patched,
        Self::Reopened,
        Self::Held,
    ];

    /// The number that stores keep; it never changes.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The action of this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// One change of one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The record's version after the change.
    pub version: u64,
    /// When, by the store's clock.
    pub at: Timestamp,
    /// What kind of change.
    pub action: Action,
    /// Who, why, and under which name.
    #[serde(flatten)]
    pub change: Change,
    /// The status before.
    pub from: DlqStatus,
    /// The status after.
    pub to: DlqStatus,
    /// The attempt it belongs to.
    pub attempt: Option<u32>,
    /// The other fields that changed, with their new values.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub fields: serde_json::Value,
}
