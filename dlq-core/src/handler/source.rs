//! The port between a source and the intake: batches in, receipts back.

use std::time::{Duration, Instant};

use super::Permit;
use super::fate::Fate;
use crate::storage::{Save, StorageError};

/// What a source hands over. `T` is the source's own ticket; it comes back with the receipt.
#[derive(Debug)]
pub struct Batch<T> {
    /// What to store.
    pub saves: Vec<Save>,
    /// The source's ticket.
    pub ticket: T,
    /// The batch's share of the budget, given back when the storage has answered.
    pub permit: Permit,
    /// When its first record was captured.
    pub since: Instant,
}

/// The answer to a [`Batch`], once each of its records is stored, kept by quarantine, or refused for good.
#[derive(Debug)]
pub struct Receipt<T> {
    /// The source's ticket.
    pub ticket: T,
    /// How many records the batch had.
    pub records: usize,
    /// How long they took to be stored, repetitions and all.
    pub took: Duration,
    /// What the storage refuses and quarantine keeps.
    pub quarantined: Vec<Save>,
    /// What the storage refuses and nobody keeps; everything else is stored.
    pub refused: Vec<Refusal>,
}

impl<T> Receipt<T> {
    /// The answer to a batch of these saves, of which each met its fate.
    pub(super) fn of(ticket: T, saves: Vec<Save>, fates: Vec<Fate>, took: Duration) -> Self {
        let records = saves.len();
        let mut receipt = Self { ticket, records, took, quarantined: Vec::new(), refused: Vec::new() };
        for (save, fate) in saves.into_iter().zip(fates) {
            match fate {
                Fate::Quarantined { .. } => receipt.quarantined.push(save),
                Fate::Refused(error) => receipt.refused.push(Refusal { save, error: *error }),
                _ => {}
            }
        }
        receipt
    }
}

/// A record that the storage refuses, handed back, so that it is not lost.
#[derive(Debug)]
pub struct Refusal {
    /// What was refused.
    pub save: Save,
    /// Why.
    pub error: StorageError,
}
