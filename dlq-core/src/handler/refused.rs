//! What the storage refuses for good: quarantine keeps it, as long as it is not too much at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::fate::Fate;
use crate::observe::{DlqEvent, Observers, Sparingly};
use crate::record::RecordId;
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

    /// Has quarantine keep what it may of what was refused; everything else stays refused.
    pub(super) async fn settle<S: AsRef<Save> + Sync>(&self, saves: &[S], fates: &mut [Fate]) {
        if let Some(rule) = &self.rule {
            self.quarantine(rule, saves, fates).await;
        }
        for (save, fate) in saves.iter().zip(fates) {
            if let Some(error) = fate.refusal() {
                self.observers.tell(&DlqEvent::Refused { record: save.as_ref().id(), error });
            }
        }
    }

    async fn quarantine<S: AsRef<Save>>(&self, rule: &QuarantineRule, saves: &[S], fates: &mut [Fate]) {
        let to_blame =
            saves.iter().zip(fates.iter_mut()).filter_map(|(save, fate)| to_blame(save.as_ref(), fate));
        let mut bad: Vec<_> = to_blame.collect();
        if bad.is_empty() {
            return;
        }
        bad.truncate(self.room(rule, bad.len()));
        let (asked, fates): (Vec<_>, Vec<_>) = bad.into_iter().unzip();
        let names: Vec<_> = asked.iter().map(|it| (it.record.id, it.reason.clone())).collect();
        let kept = rule.quarantine.keep(asked).await;
        for (((record, reason), fate), kept) in names.into_iter().zip(fates).zip(kept) {
            match kept {
                Ok(()) => *fate = self.kept(record, reason),
                Err(error) => {
                    tracing::error!(%record, %error, refused = reason, "neither storage nor quarantine takes a record");
                }
            }
        }
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

    fn kept(&self, record: RecordId, reason: String) -> Fate {
        tracing::warn!(%record, reason, "the storage refuses a record: quarantine keeps it");
        self.observers.tell(&DlqEvent::Quarantined { record, reason: &reason });
        Fate::Quarantined { reason }
    }
}

/// What quarantine is asked to keep, where a refusal may be the fault of a record that came, rather than that of rights
/// or of what stands in the storage.
fn to_blame<'f>(save: &Save, fate: &'f mut Fate) -> Option<(Quarantined, &'f mut Fate)> {
    let error = fate.refusal()?;
    if matches!(error.kind(), StorageErrorKind::AccessDenied | StorageErrorKind::Corrupt) {
        return None;
    }
    let quarantined = Quarantined { record: save.record()?.clone(), reason: error.to_string() };
    Some((quarantined, fate))
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
