//! [`Retention`]: how many records may be there, which makes room for another, and which are past their time.
//!
//! It knows records by their ids only, and is told of each that comes, changes or goes; a store without limits keeps
//! nothing here.

mod config;
mod expiry;
mod line;

use self::expiry::Expiry;
use self::line::Line;
use super::state::{Entry, State};
use crate::clock::Timestamp;
use crate::record::{DlqRecord, RecordId};
use crate::storage::error::{Permanence, StorageError, StorageErrorKind, StorageResult};
use crate::storage::transition::live_lease;

pub use config::{Eviction, MemoryConfig};

/// What may stay.
#[derive(Default)]
pub(super) struct Retention {
    records_max: Option<usize>,
    /// Where records make room for others.
    line: Option<Line>,
    /// Where records are kept for a time.
    expiry: Option<Expiry>,
}

impl Retention {
    pub(super) fn new(config: &MemoryConfig) -> Self {
        Self {
            records_max: config.records_max,
            line: config.evicts().then(|| Line::new(config.eviction)),
            expiry: config.terminal_ttl.map(Expiry::after),
        }
    }

    /// A record came, or changed.
    pub(super) fn note(&mut self, record: &DlqRecord) {
        if let Some(line) = &mut self.line {
            line.note(record);
        }
        if let Some(expiry) = &mut self.expiry {
            expiry.note(record);
        }
    }

    /// A record is gone.
    pub(super) fn forget(&mut self, id: RecordId) {
        if let Some(line) = &mut self.line {
            line.forget(id);
        }
        if let Some(expiry) = &mut self.expiry {
            expiry.forget(id);
        }
    }

    /// Whether it matters that a record was read.
    pub(super) fn heeds_reading(&self) -> bool {
        self.line.as_ref().is_some_and(Line::heeds_reading)
    }

    /// Whether some record is past its time. The time is asked for only where that can be.
    pub(super) fn is_over(&self, now: impl FnOnce() -> Timestamp) -> bool {
        self.expiry.as_ref().is_some_and(|expiry| expiry.is_over(now()))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        (self.line.as_ref().map_or(0, Line::len), self.expiry.as_ref().map_or(0, Expiry::len))
    }
}

impl State {
    /// Records were read by their ids.
    pub(super) fn were_read(&mut self, ids: &[RecordId]) {
        let Some(line) = &mut self.retention.line else { return };
        ids.iter().for_each(|id| line.was_read(*id));
    }

    /// Makes room for a new record, if it needs that and if it may.
    pub(super) fn make_room(&mut self, id: RecordId, now: Timestamp) -> StorageResult<()> {
        let Some(most) = self.retention.records_max else { return Ok(()) };
        if self.records.len() < most || self.records.contains_key(&id) {
            return Ok(());
        }
        let may_go = |entry: &Entry| live_lease(&entry.record.progress, now).is_none();
        let line = self.retention.line.as_ref();
        let first = line.and_then(|line| line.ids().find(|id| self.get(*id).is_some_and(may_go)));
        self.evict(first.ok_or_else(|| full(most))?);
        Ok(())
    }

    /// Evicts what is past its time.
    pub(super) fn expire(&mut self, now: impl FnOnce() -> Timestamp) {
        let Some(expiry) = &self.retention.expiry else { return };
        for id in expiry.over(now()) {
            self.evict(id);
        }
    }

    /// How full the store is, where it refuses what is too many.
    pub(super) fn warning(&self) -> Option<String> {
        let most = self.retention.records_max.filter(|most| self.records.len() >= *most)?;
        self.retention
            .line
            .is_none()
            .then(|| format!("{most} records are there, as many as may be: {MAKE_ROOM}"))
    }
}

const MAKE_ROOM: &str = "purge some, and writing goes on";

/// It is temporary: whoever writes again is heard once there is room.
fn full(most: usize) -> StorageError {
    StorageError::new(StorageErrorKind::Capacity, "save", format!("the store is full; {MAKE_ROOM}"))
        .with_permanence(Permanence::Temporary)
        .with("records_max", most)
}

#[cfg(test)]
mod tests;
