//! Giving leases back.

use std::sync::Arc;

use dlq_core::storage::transition::{settle as by_the_rules, settled_before};
use dlq_core::storage::{Settle, Settled, Settlement, StorageResult};

use super::Store;
use crate::ledger::Ledger;
use crate::statement::find::{Read, id_rows};

pub(crate) async fn settle(
    store: &Arc<Store>,
    settlements: &[Settlement],
) -> StorageResult<Vec<StorageResult<Settled>>> {
    if settlements.is_empty() {
        return Ok(Vec::new());
    }
    let (mut session, now) = store.begin("settle").await?;
    let mut ledger = Ledger::new(now);
    let ids = id_rows(settlements.iter().map(|settlement| settlement.id));
    ledger.lock(&mut session, &ids, Read::Progress).await?;
    let repeated = settlements.iter().filter(|settlement| may_be_repeated(&ledger, settlement));
    let asked: Vec<_> = repeated.map(|settlement| (settlement.id, settlement.change.operation)).collect();
    ledger.recall(&mut session, asked).await?;
    let answers = settlements.iter().map(|settlement| one(&mut ledger, settlement)).collect();
    ledger.write(&mut session).await?;
    session.commit().await?;
    store.counted();
    Ok(answers)
}

/// Whether the settlement may have been made before. What ends a lease was not, as long as the lease is there: most
/// settlements need not look into the history.
fn may_be_repeated(ledger: &Ledger, settlement: &Settlement) -> bool {
    let lease = ledger.record(settlement.id).and_then(|record| record.progress.lease.as_ref());
    let stands = lease.is_some_and(|lease| lease.token == settlement.token);
    !stands || matches!(settlement.settle, Settle::Renew(_))
}

fn one(ledger: &mut Ledger, settlement: &Settlement) -> StorageResult<Settled> {
    if let Some(answer) = settled_before(ledger.history(settlement.id), settlement) {
        return Ok(answer);
    }
    let now = ledger.now;
    ledger.change(settlement.id, "settle", |record| by_the_rules(record, settlement, now))
}
