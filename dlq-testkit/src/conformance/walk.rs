//! [`Walk`]: random operations in random order, each now and then repeated, and a ledger of what the store answered.

use std::time::Duration;

use dlq_core::DlqStatus;
use dlq_core::record::{Delivered, DlqRecord};
use dlq_core::storage::{
    Account, Advance, Advanced, ClaimRequest, Expect, LaneOrder, Patch, QueryCriteria, ReturnClaim, Save,
    SaveOutcome, Settle,
};

use super::StoreUnderTest;
use super::audit::{account_without_statuses, audit};
use super::prepare::{LEASE, all, change, claim_of, claim_of_due, delivered, failed, ids, settlement};
use crate::fixture::{
    Dice, Draft, advance, any_criteria_over, any_progress, distinct_records, origin_at, position,
};

/// A random walk through a store.
pub(super) struct Walk<'s> {
    store: &'s StoreUnderTest,
    dice: Dice,
    /// What the books should say but for the counts by status: summed from the store's answers.
    ledger: Account,
    /// Claimed and perhaps not settled yet.
    held: Vec<DlqRecord>,
    /// Delivered, each to a place of its own.
    sent: Vec<DlqRecord>,
    /// The next dead letter's number, and the next delivery's offset.
    next: u32,
    /// Where the watermark stands.
    mark: i64,
}

impl<'s> Walk<'s> {
    pub(super) fn through(store: &'s StoreUnderTest, dice: Dice) -> Self {
        let (held, sent) = (Vec::new(), Vec::new());
        Self { store, dice, ledger: Account::default(), held, sent, next: 0, mark: 0 }
    }

    /// The same through a store that has lived already.
    pub(super) async fn from(store: &'s StoreUnderTest, dice: Dice) -> Self {
        let ledger = account_without_statuses(&**store).await;
        Self { ledger, next: 10_000, ..Self::through(store, dice) }
    }

    /// One operation.
    pub(super) async fn step(&mut self) {
        match self.dice.throw(0..14u8) {
            0..3 => self.save().await,
            3..5 => self.claim().await,
            5..8 => self.settle().await,
            8..10 => self.come_back().await,
            10 => self.patch().await,
            11 => self.replace().await,
            12 => self.delete().await,
            _ => self.advance().await,
        }
        let seconds = self.dice.throw(0..20u64);
        self.store.pass(Duration::from_secs(seconds));
    }

    /// The books are what the answers add up to, and agree with a recount.
    pub(super) async fn audit(&self) {
        assert_eq!(account_without_statuses(&**self.store).await, self.ledger);
        audit(&**self.store).await;
    }

    async fn save(&mut self) {
        let mut records = self.dice.throw(distinct_records(4));
        records.push(self.dead_letter().record());
        let saves: Vec<_> = records.into_iter().map(|record| self.new_or_arrival(record)).collect();
        self.write(saves.clone()).await;
        self.write(saves.into_iter().rev().collect()).await;
    }

    fn new_or_arrival(&mut self, record: DlqRecord) -> Save {
        if self.dice.throw(0..2u8) == 0 { Save::New(record) } else { Save::Arrival { record, claim: None } }
    }

    fn dead_letter(&mut self) -> Draft {
        self.next += 1;
        Draft::new(self.next).in_lane("lane", i64::from(self.next)).due(Duration::ZERO)
    }

    /// Writes, and enters into the ledger what was new.
    async fn write(&mut self, saves: Vec<Save>) {
        let submitted: Vec<_> =
            saves.iter().map(|s| s.record().is_some_and(|r| r.captured.from.is_none())).collect();
        let answers = self.store.save_batch(saves).await.unwrap();
        for (answer, submitted) in answers.into_iter().zip(submitted) {
            if let SaveOutcome::Stored { .. } = answer.unwrap() {
                self.ledger.stored += 1;
                self.ledger.submitted += u64::from(submitted);
            }
        }
    }

    async fn claim(&mut self) {
        let order = *self.dice.pick(&[LaneOrder::Any, LaneOrder::Keyed]);
        let base = if self.dice.throw(0..2u8) == 0 {
            claim_of_due()
        } else {
            claim_of(ids(&self.store.read_all(&all()).await))
        };
        let request = ClaimRequest { order, limit: 3, max_unsettled: 2, lease: LEASE, ..base };
        self.held.extend(self.store.claim(&request).await.unwrap());
    }

    async fn settle(&mut self) {
        let Some(claimed) = self.held.pop() else { return };
        self.next += 1;
        let there = Delivered { partition: 7, offset: i64::from(self.next) };
        let ways = [
            delivered(Some(there)),
            delivered(Some(there)),
            delivered(None),
            failed(DlqStatus::Failed, Some(LEASE)),
            failed(DlqStatus::OnHold, None),
            Settle::Release(Some(Duration::ZERO)),
        ];
        let settlement = settlement(&claimed, self.dice.pick(&ways).clone());
        let Ok(first) = self.store.settle_one(&settlement).await else { return };
        assert_eq!(self.store.settle_one(&settlement).await.unwrap(), first);
        let after = self.store.read(claimed.id).await;
        if after.progress.attempt.as_ref().is_some_and(|attempt| attempt.delivered.is_some()) {
            self.sent.push(after);
        }
    }

    /// Something that was sent dead-letters again; what was purged meanwhile, or sent elsewhere, is a new record.
    async fn come_back(&mut self) {
        let Some(sent) = self.sent.pop() else { return };
        let Some(attempt) = sent.progress.into_inner().attempt else { return };
        let (Some(target), Some(there)) = (&attempt.target, attempt.delivered) else { return };
        let record = Draft { origin: origin_at(position(target, there)), ..self.dead_letter() }.record();
        let claim = ReturnClaim { record: sent.id, redrive_id: attempt.redrive_id };
        let claim = (self.dice.throw(0..2u8) == 0).then(|| Box::new(claim));
        let arrival = Save::Arrival { record, claim };
        let answer = self.store.save_batch(vec![arrival.clone()]).await.unwrap().pop().unwrap().unwrap();
        let again = self.store.save_batch(vec![arrival]).await.unwrap().pop().unwrap().unwrap();
        if let SaveOutcome::Returned { record, .. } = answer {
            self.ledger.returned += 1;
            assert_eq!((record, again), (sent.id, answer));
        } else {
            self.ledger.stored += 1;
            assert_eq!(again, SaveOutcome::AlreadyThere);
        }
    }

    async fn patch(&mut self) {
        let Some(criteria) = self.criteria().await else { return };
        let patches = [
            Patch::to(DlqStatus::Pending),
            Patch::to(DlqStatus::OnHold),
            Patch::to(DlqStatus::Skipped),
            Patch::reopen(),
            Patch { add_tags: ["vip".to_owned()].into(), ..Patch::default() },
        ];
        let (patch, change) = (self.dice.pick(&patches).clone(), change());
        let first = self.store.bulk_update(&criteria, &patch, &change).await.unwrap();
        let again = self.store.bulk_update(&criteria, &patch, &change).await.unwrap();
        assert_eq!(again.changed, first.changed, "{criteria:?} {patch:?}");
    }

    async fn replace(&mut self) {
        let records = self.store.read_all(&all()).await;
        let Some(record) = records.get(self.dice.throw(0..30usize)) else { return };
        let progress = Box::new(self.dice.throw(any_progress()));
        let expected = *self.dice.pick(&[Expect::Any, Expect::Version(record.version), Expect::Version(1)]);
        let save = Save::Replace { id: record.id, progress, expected, change: Box::new(change()) };
        let first = self.store.save_batch(vec![save.clone()]).await.unwrap().pop().unwrap();
        let again = self.store.save_batch(vec![save]).await.unwrap().pop().unwrap();
        assert_eq!(first.ok(), again.ok());
    }

    async fn delete(&mut self) {
        let Some(criteria) = self.criteria().await else { return };
        let criteria = QueryCriteria { limit: Some(2), ..criteria };
        self.ledger.purged += self.store.delete(&criteria, &change()).await.unwrap().changed;
    }

    async fn advance(&mut self) {
        let to = self.mark + self.dice.throw(0..5i64);
        let stretch = advance(0, self.mark, to);
        for _ in 0..2 {
            assert_eq!(self.store.advance(&stretch).await.unwrap(), Advanced::Moved);
        }
        let stale = Advance { from: to + 1, to: to + 2, ..stretch };
        assert!(matches!(self.store.advance(&stale).await.unwrap(), Advanced::Refused(_)));
        self.ledger.captured += stretch.records;
        self.mark = to;
    }

    async fn criteria(&mut self) -> Option<QueryCriteria> {
        let records = self.store.read_all(&all()).await;
        (!records.is_empty()).then(|| self.dice.throw(any_criteria_over(&records)))
    }
}
