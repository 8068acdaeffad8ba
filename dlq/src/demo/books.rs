//! The books: what arrived, what became of it, and whether Kafka agrees.

use std::sync::Arc;

use dlq_kafka::verify::verify;

use super::{Demo, headline};
use crate::cli::account;
use crate::kafka;

impl Demo<'_, '_> {
    /// Prints the books; answers whether they balance and nothing is missing.
    pub(super) async fn books(&mut self) -> anyhow::Result<bool> {
        headline(self.output, "7  The books", "dlq account --verify")?;
        let account = self.storage.account().await?;
        account::table(&account, self.output)?;
        let (brokers, properties) =
            (kafka::brokers(&self.config.kafka), kafka::properties(&self.config.kafka));
        let found = verify(brokers, properties, Arc::clone(&self.storage), None).await?;
        self.output.line(format_args!(
            "Read again in Kafka: {} dead letters; {} of them are stored, {} are missing.",
            found.read, found.found, found.missing
        ))?;
        let dead = self.shop.counters.dead.get();
        self.output.line(format_args!(
            "The consumers wrote {dead} dead letters, {} were captured.",
            account.captured
        ))?;
        Ok(account.balances() && found.missing + found.not_read == 0 && account.captured == dead)
    }
}
