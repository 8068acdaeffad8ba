//! What is measured: each call of the contract, and what a bare client does in its place.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use dlq_core::record::{Change, DlqStatus, FailureSummary, RecordId, WorkerId};
use dlq_core::storage::{
    ClaimRequest, ClaimSelect, DlqStorageExt, Outcome, PageRequest, QueryCriteria, Save, Settle, Settlement,
};
use dlq_core::{DlqRecord, DlqStorage, TopicName};

use super::AT_ONCE;
use super::letters::{FAILURES, Letters, TOPICS, class, topic};
use super::report::Compared;
use super::stopwatch::Stopwatch;
use crate::bench::bare::{Batch, Look, Writer};

/// Records that are made at once, between two turns.
const TURN: u64 = 20_000;
/// Records written, and claimed, together.
const BATCH: usize = 1_000;
const CLAIM: usize = 100;
/// How many records are claimed and settled at most.
const CLAIMED: u64 = 50_000;
/// Records a page has, and ids that are looked up together.
const PAGE: usize = 100;
/// How often each is read.
const READS: u64 = 200;
/// How often a bare client counts groups: it reads every row each time.
const SCANS: u64 = 5;
const LEASE: Duration = Duration::from_secs(60);

/// A storage, and a bare client beside it.
pub(super) struct Side {
    pub(super) storage: Arc<dyn DlqStorage>,
    /// Reads the tables that ours filled.
    pub(super) reader: Arc<dyn Writer>,
    /// Writes to tables of its own.
    pub(super) writer: Arc<dyn Writer>,
}

impl Side {
    /// Measures everything, in the order in which one needs the other.
    pub(super) async fn all(&self, letters: &mut Letters, records: u64) -> anyhow::Result<Vec<Compared>> {
        let (saved, ids) = self.save(letters, records).await?;
        let mut all = vec![saved, self.find(&ids).await?, self.page(records).await?, self.groups().await?];
        all.push(self.claim(&ids).await?);
        Ok(all)
    }

    /// Both write the same records, taking turns.
    async fn save(&self, letters: &mut Letters, records: u64) -> anyhow::Result<(Compared, Vec<RecordId>)> {
        let (mut ours, mut bare, mut ids) = (Stopwatch::new()?, Stopwatch::new()?, Vec::new());
        for from in (0..records).step_by(usize::try_from(TURN)?) {
            let made = letters.records(from, TURN.min(records - from))?;
            ids.extend(made.iter().map(|record| record.id));
            let rows = made.chunks(BATCH).map(Batch::of).collect::<Result<Vec<_>, _>>()?;
            let saves = made.chunks(BATCH).map(|part| part.iter().cloned().map(Save::New).collect());
            let saves: Vec<Vec<Save>> = saves.collect();
            ours.time(AT_ONCE, saves, |saves| save(Arc::clone(&self.storage), saves)).await?;
            bare.time(AT_ONCE, rows, |rows| write(Arc::clone(&self.writer), rows)).await?;
        }
        let stored = self.storage.count(&QueryCriteria::default(), u64::MAX).await?.records;
        ensure!(stored == records, "{records} records were to be stored, and {stored} are");
        Ok((Compared::of("save_batch of 1000", &ours, &bare), ids))
    }

    async fn find(&self, ids: &[RecordId]) -> anyhow::Result<Compared> {
        let picks: Vec<Vec<RecordId>> = (0..READS).map(|turn| some(ids, turn)).collect();
        let (mut ours, mut bare) = (Stopwatch::new()?, Stopwatch::new()?);
        ours.time(1, picks.clone(), |ids| {
            let storage = Arc::clone(&self.storage);
            async move { Ok(storage.find_batch(&ids).await?.into_iter().flatten().count() as u64) }
        })
        .await?;
        self.look(&mut bare, picks.into_iter().map(Look::Find)).await?;
        Ok(Compared::of("find_batch of 100", &ours, &bare))
    }

    /// Pages of one topic and one failure.
    async fn page(&self, records: u64) -> anyhow::Result<Compared> {
        let (mut ours, mut bare) = (Stopwatch::new()?, Stopwatch::new()?);
        let failures = 0..READS.min(records);
        let found = ours.time(1, failures.clone(), |failure| {
            let (storage, request) = (Arc::clone(&self.storage), page_of(failure % FAILURES));
            async move { Ok(storage.page(&request?).await?.records.len() as u64) }
        });
        ensure!(found.await? > 0, "no page has a record");
        let looks = failures.map(|failure| failure % FAILURES);
        let looks = looks.map(|n| Look::Page { topic: topic(n % TOPICS), class: class(n), size: PAGE });
        self.look(&mut bare, looks).await?;
        Ok(Compared::of("filtered page of 100", &ours, &bare))
    }

    async fn groups(&self) -> anyhow::Result<Compared> {
        let (mut ours, mut bare) = (Stopwatch::new()?, Stopwatch::new()?);
        ours.time(1, 0..READS, |_| {
            let storage = Arc::clone(&self.storage);
            async move { Ok(storage.groups().await?.len() as u64) }
        })
        .await?;
        self.look(&mut bare, (0..SCANS).map(|_| Look::Groups)).await?;
        Ok(Compared::of("groups", &ours, &bare))
    }

    /// What has failed and is due is claimed and settled by workers side by side, each record once.
    async fn claim(&self, ids: &[RecordId]) -> anyhow::Result<Compared> {
        let count = ids.len().min(usize::try_from(CLAIMED)?);
        for ids in ids[..count].chunks(BATCH) {
            self.make_due(ids).await?;
        }
        let (mut ours, mut bare) = (Stopwatch::new()?, Stopwatch::new()?);
        let claims = || 0..count.div_ceil(CLAIM);
        let settled = ours.time(AT_ONCE, claims(), |_| claim_due(Arc::clone(&self.storage)));
        let settled = settled.await?;
        ensure!(settled == count as u64, "{count} records were to be settled, and {settled} are");
        self.work(&mut bare, claims()).await?;
        Ok(Compared::of("claim 100 + settle", &ours, &bare))
    }

    /// They fail, and are to be tried again at once.
    async fn make_due(&self, ids: &[RecordId]) -> anyhow::Result<()> {
        let select = ClaimSelect::Ids(ids.to_vec());
        let request = ClaimRequest { select, limit: ids.len(), lease: LEASE, ..ClaimRequest::due(worker()) };
        let claimed = self.storage.claim(&request).await?;
        let again = Outcome::Failed {
            failure: FailureSummary::default(),
            then: DlqStatus::Failed,
            retry_in: Some(Duration::ZERO),
        };
        settle(&*self.storage, &claimed, &again).await.map(drop)
    }

    async fn look(&self, watch: &mut Stopwatch, looks: impl Iterator<Item = Look>) -> anyhow::Result<()> {
        if self.reader.looks() {
            let look = |look| {
                let reader = Arc::clone(&self.reader);
                async move { reader.look(&look).await }
            };
            watch.time(1, looks, look).await?;
        }
        Ok(())
    }

    async fn work(&self, watch: &mut Stopwatch, claims: impl Iterator<Item = usize>) -> anyhow::Result<()> {
        if self.writer.looks() {
            let work = |_| {
                let writer = Arc::clone(&self.writer);
                async move { writer.look(&Look::Work { size: CLAIM }).await }
            };
            watch.time(AT_ONCE, claims, work).await?;
        }
        Ok(())
    }
}

async fn save(storage: Arc<dyn DlqStorage>, saves: Vec<Save>) -> anyhow::Result<u64> {
    let count = saves.len() as u64;
    for answer in storage.save_batch(saves).await? {
        answer?;
    }
    Ok(count)
}

async fn write(writer: Arc<dyn Writer>, rows: Batch) -> anyhow::Result<u64> {
    let count = rows.len() as u64;
    writer.write(rows).await?;
    Ok(count)
}

async fn claim_due(storage: Arc<dyn DlqStorage>) -> anyhow::Result<u64> {
    let request = ClaimRequest { limit: CLAIM, lease: LEASE, ..ClaimRequest::due(worker()) };
    let claimed = storage.claim(&request).await?;
    settle(&*storage, &claimed, &Outcome::Delivered(None)).await
}

async fn settle(storage: &dyn DlqStorage, claimed: &[DlqRecord], outcome: &Outcome) -> anyhow::Result<u64> {
    let settlement = |record: &DlqRecord| Settlement {
        id: record.id,
        token: record.progress.fence,
        settle: Settle::Complete(outcome.clone()),
        change: Change::by("bench"),
    };
    let answers = storage.settle(claimed.iter().map(settlement).collect()).await?;
    let settled = answers.len() as u64;
    answers.into_iter().try_for_each(|answer| answer.map(drop))?;
    Ok(settled)
}

fn page_of(failure: u64) -> anyhow::Result<PageRequest> {
    let topic = TopicName::new(topic(failure % TOPICS))?;
    let criteria = QueryCriteria::builder().dead_letter_topics([topic]).error_class(class(failure));
    Ok(PageRequest { size: PAGE, ..PageRequest::new(criteria.statuses([DlqStatus::Pending]).build()) })
}

/// A page of ids from all over.
fn some(ids: &[RecordId], turn: u64) -> Vec<RecordId> {
    let step = (ids.len() / PAGE).max(1);
    let first = usize::try_from(turn).unwrap_or(0) % step;
    ids.iter().skip(first).step_by(step).take(PAGE).copied().collect()
}

fn worker() -> WorkerId {
    WorkerId("bench".to_owned())
}
