//! What the storage refuses for good: quarantine keeps it, as long as it is not too much at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::source::Refusal;
use crate::observe::{DlqEvent, Observers, Sparingly};
use crate::storage::{Quarantine, Quarantined, Save, StorageErrorKind};

/// Quarantine, and how much may go there.
#[derive(Clone, Debug)]
pub struct QuarantineRule {
    /// Who keeps what the storage refuses.
    pub quarantine: Arc<dyn Quarantine>,
    /// How many records a minute, at most; 1 or more. When a storage refuses more than that it is probably not the
    /// records' fault.
    pub per_minute: u32,
}

/// What became of records that the storage refuses.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// Quarantine keeps these.
    pub(super) quarantined: Vec<Save>,
    /// These are handed back.
    pub(super) held: Vec<Refusal>,
}

/// Hands to quarantine what the storage refuses.
#[derive(Debug)]
pub(super) struct Refused {
    rule: Option<QuarantineRule>,
    minute: Mutex<Minute>,
    too_many: Sparingly,
    observers: Observers,
}

impl Refused {
    pub(super) fn new(rule: Option<QuarantineRule>, observers: Observers) -> Self {
        let too_many = Sparingly::every(Duration::from_secs(30));
        Self { rule, minute: Mutex::default(), too_many, observers }
    }

    /// Has quarantine keep what it may; everything else is held.
    pub(super) async fn settle(&self, refused: Vec<Refusal>) -> Settled {
        let Some(rule) = self.rule.as_ref().filter(|_| !refused.is_empty()) else {
            return self.hold(Settled { held: refused, ..Settled::default() });
        };
        let (mut bad, mut held): (Vec<_>, Vec<_>) = refused.into_iter().partition(blames_the_record);
        held.extend(bad.split_off(self.room(rule, bad.len())));
        let asked = bad.iter().filter_map(|refusal| {
            let reason = refusal.error.to_string();
            refusal.save.record().map(|record| Quarantined { record: record.clone(), reason })
        });
        let kept = rule.quarantine.keep(asked.collect()).await;
        let mut settled = Settled { quarantined: Vec::new(), held };
        let mut kept = kept.into_iter();
        for refusal in bad {
            match kept.next() {
                Some(Ok(())) => settled.quarantined.push(self.note_kept(refusal)),
                Some(Err(error)) => {
                    let record = refusal.save.id();
                    tracing::error!(%record, %error, refused = %refusal.error, "neither storage nor quarantine takes a record");
                    settled.held.push(refusal);
                }
                None => settled.held.push(refusal),
            }
        }
        self.hold(settled)
    }

    /// How many of so many may go to quarantine now.
    fn room(&self, rule: &QuarantineRule, wanted: usize) -> usize {
        let now = Instant::now();
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let room = minute.take(now, wanted, rule.per_minute);
        if room < wanted && self.too_many.is_due(now) {
            tracing::error!(
                refused = wanted,
                per_minute = rule.per_minute,
                "the storage refuses more records than may go to quarantine in a minute: is it the storage, rather than \
                 the records? Their partitions are held and offered again; mend the storage, or raise \
                 quarantine.records_per_minute"
            );
        }
        room
    }

    fn note_kept(&self, Refusal { save, error }: Refusal) -> Save {
        let (record, reason) = (save.id(), error.to_string());
        tracing::warn!(%record, reason, "the storage refuses a record: quarantine keeps it");
        self.observers.tell(&DlqEvent::Quarantined { record, reason: &reason });
        save
    }

    fn hold(&self, settled: Settled) -> Settled {
        for Refusal { save, error } in &settled.held {
            self.observers.tell(&DlqEvent::Refused { record: save.id(), error });
        }
        settled
    }
}

/// Whether a refusal may be the fault of a record that came, rather than that of rights or of what stands in the storage.
fn blames_the_record(refusal: &Refusal) -> bool {
    let blamed = !matches!(refusal.error.kind(), StorageErrorKind::AccessDenied | StorageErrorKind::Corrupt);
    blamed && refusal.save.record().is_some()
}

/// How many records went to quarantine in the minute that began with the first of them.
#[derive(Debug, Default)]
struct Minute {
    began: Option<Instant>,
    taken: usize,
}

impl Minute {
    fn take(&mut self, now: Instant, wanted: usize, per_minute: u32) -> usize {
        let over = |began: Instant| now.saturating_duration_since(began) >= Duration::from_secs(60);
        if self.began.is_none_or(over) {
            *self = Self { began: Some(now), taken: 0 };
        }
        let most = usize::try_from(per_minute).unwrap_or(usize::MAX);
        let room = wanted.min(most.saturating_sub(self.taken));
        self.taken += room;
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_begins_with_its_first_record_and_takes_so_many() {
        let (mut minute, begin) = (Minute::default(), Instant::now());
        let mut take = |second, wanted| minute.take(begin + Duration::from_secs(second), wanted, 10);
        assert_eq!([take(0, 4), take(30, 4), take(59, 4), take(59, 1)], [4, 4, 2, 0]);
        assert_eq!([take(60, 11), take(61, 1)], [10, 0]);
    }
}
