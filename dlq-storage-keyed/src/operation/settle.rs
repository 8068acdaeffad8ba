//! Giving leases back.

use std::collections::HashMap;

use dlq_core::record::DlqRecord;
use dlq_core::storage::transition::{settle as by_the_rules, settled_before};
use dlq_core::storage::{Settle, Settled, Settlement, StorageResult};

use crate::ledger::{Needs, change};
use crate::shards::Shards;
use crate::store::KeyedStore;

pub(crate) async fn settle<S: KeyedStore>(
    store: &Shards<S>,
    settlements: &[Settlement],
) -> StorageResult<Vec<StorageResult<Settled>>> {
    let mut asked: HashMap<_, Vec<_>> = HashMap::new();
    settlements.iter().for_each(|settlement| asked.entry(settlement.id).or_default().push(settlement));
    let before = |record: &DlqRecord| {
        let repeated = asked[&record.id].iter().filter(|settlement| may_be_repeated(record, settlement));
        repeated.map(|settlement| settlement.change.operation).collect()
    };
    change(
        store,
        "settle",
        settlements,
        Needs::listed(&before),
        |settlement| settlement.id,
        |ledger, settlement| {
            if let Some(answer) = settled_before(ledger.history(settlement.id), settlement) {
                return Ok(answer);
            }
            let now = ledger.now;
            ledger.change(settlement.id, "settle", |record| by_the_rules(record, settlement, now))
        },
    )
    .await
}

/// Whether the settlement may have been made before. What ends a lease was not, as long as the lease is there: most
/// settlements need not look into the history.
fn may_be_repeated(record: &DlqRecord, settlement: &Settlement) -> bool {
    let stands = record.progress.lease.as_ref().is_some_and(|lease| lease.token == settlement.token);
    !stands || matches!(settlement.settle, Settle::Renew(_))
}
