//! `dlq account`: the books.

use std::sync::Arc;

use clap::Args;
use dlq_core::record::DlqStatus;
use dlq_core::storage::{Account, DlqStorage};
use dlq_kafka::verify::{Verification, verify};
use serde::Serialize;

use super::exit::Exit;
use super::quarantine;
use crate::config::{Config, Mistakes};
use crate::kafka;
use crate::output::{Format, Output, grid};

/// Prints the books: what arrived, and what became of it. Exit code 3 if they do not balance
#[derive(Args, Clone, Debug)]
pub struct AccountArgs {
    /// Read the dead-letter topics again below the watermarks, and look every record up
    #[arg(long)]
    pub verify: bool,
}

/// The books as JSON.
#[derive(Debug, Serialize)]
struct AccountView {
    arrived: u64,
    captured: u64,
    submitted: u64,
    imported: u64,
    stored: u64,
    returned: u64,
    quarantined: u64,
    open: u64,
    by_status: serde_json::Map<String, serde_json::Value>,
    purged: u64,
    evicted: u64,
    balances: bool,
    differences: Differences,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<Verification>,
}

/// What should be nothing.
#[derive(Debug, Serialize)]
struct Differences {
    arrived: i128,
    stored: i128,
}

/// Prints the books, checked against Kafka where that is asked for, and answers whether they balance.
///
/// # Errors
/// The storage or Kafka cannot be read, or the result not be written.
pub async fn run(
    args: &AccountArgs,
    config: &Config,
    storage: Arc<dyn DlqStorage>,
    output: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let verification = match args.verify {
        true => Some(verified(config, Arc::clone(&storage)).await?),
        false => None,
    };
    let account = storage.account().await?;
    let is_accounted = |found: &Verification| found.missing <= account.purged && found.not_read == 0;
    let accounted = verification.as_ref().is_none_or(is_accounted);
    match output.format {
        Format::Table | Format::Csv => {
            table(&account, output)?;
            if let Some(found) = &verification {
                verification_table(found, account.purged, output)?;
            }
        }
        Format::Json | Format::Jsonl => {
            output.json(&AccountView { verification, ..AccountView::of(&account) })?
        }
    }
    Ok(if account.balances() && accounted { Exit::Done } else { Exit::No })
}

async fn verified(config: &Config, storage: Arc<dyn DlqStorage>) -> anyhow::Result<Verification> {
    if let Some(missing) = config.missing_brokers() {
        return Err(Mistakes(vec![missing]).into());
    }
    let (brokers, properties) = (kafka::brokers(&config.kafka), kafka::properties(&config.kafka));
    let quarantine = quarantine::open(config).await?;
    Ok(verify(brokers, properties, storage, quarantine.as_ref()).await?)
}

/// Prints what was found in Kafka, beside how many records were purged.
///
/// # Errors
/// It cannot be written.
pub fn verification_table(found: &Verification, purged: u64, output: &mut Output<'_>) -> std::io::Result<()> {
    let parts = [("found", found.found), ("quarantined", found.quarantined), ("missing", found.missing)];
    output.line("")?;
    output.table(&side("READ AGAIN IN KAFKA", found.read, &parts))?;
    output.line("")?;
    if found.gone_from_kafka > 0 {
        output.line(format!("{} captured records stand no longer in Kafka.", found.gone_from_kafka))?;
    }
    if found.not_read > 0 {
        output.line(format!(
            "{} partitions could NOT be read: they are on another cluster, or gone.",
            found.not_read
        ))?;
    }
    if found.missing <= purged {
        return output.line(match (found.missing, found.quarantined) {
            (0, 0) => "Every dead letter that was read is in the storage.".to_owned(),
            (0, _) => "Every dead letter that was read is in the storage or in quarantine.".to_owned(),
            (missing, _) => format!("{missing} dead letters are not in the storage; {purged} were purged."),
        });
    }
    let named: Vec<_> = found.named.iter().map(ToString::to_string).collect();
    output.line(format!(
        "{} dead letters are NOT in the storage, nor in quarantine, and only {purged} were purged: such as {}",
        found.missing,
        named.join(", ")
    ))
}

impl AccountView {
    fn of(account: &Account) -> Self {
        let [arrived, stored] = account.differences();
        let count = |status: DlqStatus| (status.to_string(), account.with_status(status).into());
        Self {
            arrived: account.arrived(),
            captured: account.captured,
            submitted: account.submitted,
            imported: account.imported,
            stored: account.stored,
            returned: account.returned,
            quarantined: account.quarantined,
            open: account.open(),
            by_status: DlqStatus::ALL.into_iter().map(count).collect(),
            purged: account.purged,
            evicted: account.evicted,
            balances: account.balances(),
            differences: Differences { arrived, stored },
            verification: None,
        }
    }
}

/// Prints the books as a table.
///
/// # Errors
/// It cannot be written.
pub fn table(account: &Account, output: &mut Output<'_>) -> std::io::Result<()> {
    let [arrived, stored] = account.differences();
    output.table(&side(
        "ARRIVED",
        account.arrived(),
        &[("captured", account.captured), ("submitted", account.submitted), ("imported", account.imported)],
    ))?;
    output.line("")?;
    let went =
        [("stored", account.stored), ("returned", account.returned), ("quarantined", account.quarantined)];
    output.table(&side("WENT TO", total(&went), &went))?;
    output.line("")?;
    let statuses = DlqStatus::ALL.map(|status| (status.as_str(), account.with_status(status)));
    let became: Vec<_> =
        statuses.into_iter().chain([("purged", account.purged), ("evicted", account.evicted)]).collect();
    output.table(&side("STORED, NOW", total(&became), &became))?;
    output.line("")?;
    output.line(verdict(arrived, stored))
}

fn side(title: &str, total: u64, parts: &[(&str, u64)]) -> comfy_table::Table {
    let rows = parts.iter().map(|(name, count)| [(*name).to_owned(), count.to_string()]);
    let mut table = grid::titled([title, &total.to_string()], rows);
    if let Some(numbers) = table.column_mut(1) {
        numbers.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    table
}

fn total(parts: &[(&str, u64)]) -> u64 {
    parts.iter().map(|(_, count)| count).sum()
}

fn verdict(arrived: i128, stored: i128) -> String {
    match (arrived, stored) {
        (0, 0) => "The books balance.".to_owned(),
        (0, stored) => {
            format!("The books do not balance: stored differs from what became of it by {stored}.")
        }
        (arrived, 0) => format!(
            "The books do not balance: arrived differs from where it went by {arrived}. \
             While capture runs this may be records on their way: ask again."
        ),
        (arrived, stored) => format!(
            "The books do not balance: arrived differs from where it went by {arrived}, \
             stored from what became of it by {stored}."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balanced() -> Account {
        let by_status = [1, 0, 4, 0, 0, 0, 2];
        Account {
            captured: 8,
            submitted: 1,
            stored: 8,
            returned: 1,
            by_status,
            purged: 1,
            ..Account::default()
        }
    }

    fn shown(account: &Account) -> String {
        let mut written = Vec::new();
        table(account, &mut Output { format: Format::Table, to: &mut written }).unwrap();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn balanced_books_say_so() {
        let shown = shown(&balanced());
        assert!(shown.ends_with("The books balance.\n"), "{shown}");
        assert!(shown.lines().any(|line| line.split_whitespace().eq(["on_hold", "2"])), "{shown}");
    }

    #[test]
    fn differences_are_named() {
        assert!(shown(&Account { captured: 9, ..balanced() }).contains("where it went by 1. While capture"));
        assert!(shown(&Account { purged: 0, ..balanced() }).contains("what became of it by 1."));
        assert!(verdict(2, -1).contains("by 2, stored from what became of it by -1"));
    }

    #[test]
    fn json_names_statuses() {
        let json = serde_json::to_value(AccountView::of(&balanced())).unwrap();
        assert_eq!(json["by_status"]["success"], 4);
        assert_eq!(
            (&json["arrived"], &json["open"], &json["balances"]),
            (&9.into(), &3.into(), &true.into())
        );
        assert_eq!(json["differences"]["stored"], 0);
    }
}
