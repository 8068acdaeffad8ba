//! [`Load`]: a short load through every mode under every strategy, and the account of each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use dlq_core::engine::gate::{Adaptive, Backpressure, Relief, Rule, Threshold};
use dlq_core::handler::{DlqHandler, HandlerAccount, Mode};
use dlq_core::record::ContentError;
use dlq_core::{Clock, DlqRecord, DlqStorage, MemoryStorage, SystemClock};
use serde::Serialize;
use tokio::time::timeout;

use crate::output::{Format, Output, grid};

/// How many tasks submit at once.
const SUBMITTERS: u64 = 4;
/// How many records each hands over in one go.
const TOGETHER: u64 = 100;
/// How many records may be pending: few, so that every strategy has something to do.
const PLACES: usize = 1024;
/// How long the end may take.
const GRACE: Duration = Duration::from_secs(10);

/// A load of so many records for each mode and strategy, into memory.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many records each is given.
    pub records: u64,
}

/// What became of one load.
#[derive(Clone, Debug, Serialize)]
pub struct Carried {
    /// The mode.
    pub mode: Mode,
    /// The strategy's name.
    pub strategy: &'static str,
    /// What became of every record.
    pub account: HandlerAccount,
    /// Records a second, whatever became of them.
    pub records_per_second: f64,
}

impl Load {
    /// Carries every load.
    ///
    /// # Errors
    /// A record is not accounted for, or the storage does not have what the account says.
    pub async fn carry(self) -> anyhow::Result<Vec<Carried>> {
        let mut carried = Vec::new();
        for mode in Mode::ALL {
            for (name, strategy) in strategies() {
                carried.push(self.through(mode, name, strategy).await?);
            }
        }
        Ok(carried)
    }

    async fn through(
        self,
        mode: Mode,
        strategy: &'static str,
        backpressure: Backpressure,
    ) -> anyhow::Result<Carried> {
        let storage: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
        let builder = DlqHandler::builder().mode(mode);
        let builder = if mode == Mode::Batch { builder } else { builder.handle_with(|_| async { Ok(()) }) };
        let handler = builder
            .performance(|numbers| numbers.ring_size(PLACES))
            .errors(|errors| errors.backpressure(backpressure))
            .storage(Arc::clone(&storage))
            .start()
            .await?;
        let begun = Instant::now();
        let submitters =
            (0..SUBMITTERS).map(|_| tokio::spawn(submit(handler.clone(), self.records / SUBMITTERS)));
        for submitter in submitters.collect::<Vec<_>>() {
            let ended = timeout(GRACE, submitter).await;
            ended.with_context(|| {
                format!("{mode}, {strategy}: it stands still: {:?}", handler.metrics())
            })???;
        }
        let left = handler.stop(GRACE).await;
        let took = begun.elapsed();
        let (account, books) = (handler.account(), storage.account().await?);
        ensure!(left.is_empty(), "{mode}, {strategy}: not done within {GRACE:?}: {left:?}");
        ensure!(account.balances() && account.pending == 0, "{mode}, {strategy}: {account:?}");
        ensure!(
            account.stored == books.stored,
            "{mode}, {strategy}: {account:?}, and the storage has {books:?}"
        );
        tracing::info!(%mode, strategy, submitted = account.submitted, "every record is accounted for");
        let records_per_second = account.submitted as f64 / took.as_secs_f64();
        Ok(Carried { mode, strategy, account, records_per_second })
    }
}

fn strategies() -> [(&'static str, Backpressure); 5] {
    let adaptive = Adaptive { at_worst: Relief::DropOldest, ..Adaptive::default() };
    let threshold =
        Threshold { pending: Some(PLACES / 2), beyond: Relief::DropNewest, ..Threshold::default() };
    [
        ("block", Backpressure::Block),
        ("drop_oldest", Backpressure::DropOldest),
        ("drop_newest", Backpressure::DropNewest),
        ("adaptive", Backpressure::Adaptive(adaptive)),
        ("threshold", Backpressure::Threshold(threshold)),
    ]
}

async fn submit(handler: DlqHandler, records: u64) -> Result<(), ContentError> {
    let mut left = records;
    while left > 0 {
        let together = left.min(TOGETHER);
        let letters = (0..together).map(|n| {
            let letter = DlqRecord::builder().key(n.to_le_bytes()).payload([b'x'; 512]);
            letter.failure("java.net.SocketTimeoutException", "connect timed out").build(SystemClock.now())
        });
        handler.submit_batch(letters.collect::<Result<_, _>>()?).await;
        left -= together;
    }
    Ok(())
}

/// Writes what became of every load.
///
/// # Errors
/// It cannot be written.
pub fn write(carried: &[Carried], output: &mut Output<'_>) -> std::io::Result<()> {
    if output.format != Format::Table {
        return output.json(&carried);
    }
    let titles = [
        "MODE",
        "STRATEGY",
        "SUBMITTED",
        "STORED",
        "DROPPED",
        "TURNED AWAY",
        "REFUSED",
        "HANDLED",
        "RECORDS/S",
    ];
    output.table(&grid::titled(titles, carried.iter().map(cells)))?;
    output.line("Every record is accounted for: submitted = stored + dropped + turned away + refused.")
}

fn cells(carried: &Carried) -> [String; 9] {
    let Carried { mode, strategy, account, records_per_second } = carried;
    [
        mode.to_string(),
        (*strategy).to_owned(),
        account.submitted.to_string(),
        account.stored.to_string(),
        by_rule(&account.dropped),
        by_rule(&account.turned_away),
        account.refused.to_string(),
        account.handled.to_string(),
        format!("{records_per_second:.0}"),
    ]
}

fn by_rule(rules: &BTreeMap<Rule, u64>) -> String {
    let told: Vec<_> = rules.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
    if told.is_empty() { "0".to_owned() } else { told.join(", ") }
}
