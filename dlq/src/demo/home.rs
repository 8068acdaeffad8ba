//! The payment service is back: what failed for it alone goes home, and the consumer is asked whether it came.

use std::sync::Arc;
use std::time::Duration;

use dlq_core::record::{Change, WorkerId};
use dlq_core::redrive::{Redrive, RedrivePlan, RedriveReport, RedriveSelect, preview};
use dlq_core::storage::QueryCriteria;
use dlq_core::{Clock, DlqStatus, DlqStorage, DlqStorageExt, SystemClock};
use dlq_kafka::sink::KafkaSink;
use futures_util::TryStreamExt;
use tokio_util::sync::CancellationToken;

use super::consumers::Shop;
use super::{CATCH_UP, Demo, headline};
use crate::kafka;
use crate::traffic::orders;

/// Why records go home.
const BACK: &str = "the payment service is back";
/// How long sending home may take.
const SEND_HOME: Duration = Duration::from_secs(120);

impl Demo<'_, '_> {
    pub(super) async fn payments_come_back(&mut self) -> anyhow::Result<RedriveReport> {
        headline(
            self.output,
            "5  The payment service is back",
            format_args!("dlq redrive --class {} --reason '{BACK}'", orders::PAYMENT_TIMEOUT),
        )?;
        let plan = plan(&self.config.redrive.actor);
        let looked = preview(&*self.storage, &plan, SystemClock.now()).await?;
        for (target, records) in &looked.targets {
            let rest = "the others need an edit or a fix first, and stay";
            self.output
                .line(format_args!("Preview: {records} records would go home to {target}; {rest}."))?;
        }
        self.shop.bring_payments_back();
        let redrive = self.redrive()?;
        let redrive = tokio::spawn(async move { redrive.run(&plan, &CancellationToken::new()).await });
        self.live.until("sending home", SEND_HOME, self.output, || redrive.is_finished()).await?;
        Ok(redrive.await??)
    }

    fn redrive(&self) -> anyhow::Result<Redrive> {
        let sink =
            KafkaSink::new(kafka::sink(&self.config, &self.config.redrive.actor), Arc::new(SystemClock))?;
        let observers = self.numbers.observers().with(Arc::new(self.shop.counters.clone()));
        Ok(Redrive::new(Arc::clone(&self.storage), Arc::new(sink), observers))
    }

    /// Answers whether every record that was sent home was seen there.
    pub(super) async fn who_came_home(&mut self, report: &RedriveReport) -> anyhow::Result<bool> {
        headline(
            self.output,
            "6  Who came home?",
            "the header dlq.redrive.id, which your consumer may log or count",
        )?;
        let counters = self.shop.counters.clone();
        let came = || counters.came_home.get() >= report.delivered;
        self.live.until("coming home", CATCH_UP, self.output, came).await?;
        let unseen = unseen(&*self.storage, &self.shop).await?;
        self.output.line(format_args!(
            "{} sent home, {} seen and accepted by the order service, {unseen} not seen.",
            report.delivered,
            counters.came_home.get(),
        ))?;
        let RedriveReport { refused, unknown, not_sent, unsettled, .. } = *report;
        Ok(unseen + refused + unknown + not_sent + unsettled == 0)
    }
}

fn plan(actor: &str) -> RedrivePlan {
    let timeouts =
        QueryCriteria { error_class: Some(orders::PAYMENT_TIMEOUT.to_owned()), ..QueryCriteria::retryable() };
    let change = Change::by(actor).because(BACK);
    let worker = WorkerId(format!("demo-{}", std::process::id()));
    RedrivePlan::new(RedriveSelect::Matching(Box::new(timeouts)), worker, change)
}

/// How many records count as sent home whose redrive id no consumer has seen.
async fn unseen(storage: &dyn DlqStorage, shop: &Shop) -> anyhow::Result<u64> {
    let sent = QueryCriteria::builder().statuses([DlqStatus::Success]).build();
    let mut records = storage.stream(sent, false);
    let mut unseen = 0;
    while let Some(record) = records.try_next().await? {
        let attempt = record.progress.attempt.as_ref().map(|attempt| attempt.redrive_id.to_string());
        unseen += u64::from(!attempt.is_some_and(|id| shop.has_seen(&id)));
    }
    Ok(unseen)
}
