//! Replacing progress.

use dlq_core::record::Progress;
use dlq_core::storage::transition::{replace as by_the_rules, replaced_before};
use dlq_core::storage::{SaveOutcome, StorageResult};

use super::{Answers, Replacement};
use crate::ledger::Ledger;
use crate::operation::Store;
use crate::statement::find::{Read, id_rows};

pub(super) async fn all(store: &Store, replacements: &[Replacement]) -> StorageResult<Answers> {
    let (mut session, now) = store.begin("save").await?;
    let mut ledger = Ledger::new(now);
    // Whole: progress without a failure of its own brings the captured one back, whose texts stand in the content.
    ledger.lock(&mut session, &id_rows(replacements.iter().map(|save| save.id)), Read::Whole).await?;
    let asked = replacements.iter().map(|save| (save.id, save.change.operation));
    ledger.recall(&mut session, asked).await?;
    let answers = replacements.iter().map(|replacement| one(&mut ledger, replacement)).collect();
    ledger.write(&mut session).await?;
    session.commit().await?;
    Ok(answers)
}

fn one(ledger: &mut Ledger, replacement: &Replacement) -> StorageResult<SaveOutcome> {
    let Replacement { id, progress, expected, change } = replacement;
    if let Some(answer) = replaced_before(ledger.history(*id), change) {
        return Ok(answer);
    }
    let now = ledger.now;
    ledger.change(*id, "save", |record| {
        let entry = by_the_rules(record, Progress::clone(progress), *expected, change, now)?;
        Ok((SaveOutcome::Stored { version: record.version }, entry))
    })
}
