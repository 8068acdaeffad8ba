//! [`SelectArgs`]: which records a verb that changes them is about.

use clap::Args;
use dlq_core::Timestamp;
use dlq_core::record::RecordId;
use dlq_core::storage::QueryCriteria;

use super::filter::FilterArgs;
use crate::config::{Mistake, Mistakes};

/// Which records are meant: named by ids, by conditions, or all of them on request.
#[derive(Args, Clone, Debug, Default)]
pub struct SelectArgs {
    /// The records; without any, those that meet the conditions
    pub ids: Vec<RecordId>,

    /// Every record: needed where neither ids nor conditions are given
    #[arg(long)]
    pub all: bool,

    /// How many records at most
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,

    /// The conditions
    #[command(flatten)]
    pub filter: FilterArgs,
}

impl SelectArgs {
    /// Which records are meant, seen from `now`: these ids, and of them those that meet the conditions.
    ///
    /// # Errors
    /// It is not said which.
    pub fn criteria(&self, verb: &str, now: Timestamp) -> Result<QueryCriteria, Mistakes> {
        if self.ids.is_empty() && self.filter.is_empty() && !self.all {
            let problem =
                "which records? allowed: ids, at least one condition such as --topic orders, or --all";
            return Err(Mistake::about(format!("dlq {verb}"), problem).into());
        }
        let ids = (!self.ids.is_empty()).then(|| self.ids.clone());
        Ok(QueryCriteria { ids, limit: self.limit, ..self.filter.criteria(now) })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        select: SelectArgs,
    }

    fn criteria(line: &str) -> Result<QueryCriteria, Mistakes> {
        let words = std::iter::once("dlq").chain(line.split_whitespace());
        Line::try_parse_from(words).unwrap().select.criteria("purge", Timestamp::from_millis(0))
    }

    #[test]
    fn everything_is_meant_only_on_request() {
        let told = criteria("").unwrap_err().to_string();
        assert!(told.contains("dlq purge") && told.contains("or --all"), "{told}");
        assert!(criteria("--limit 5").is_err());
        assert_eq!(criteria("--all").unwrap(), QueryCriteria::default());
        assert_eq!(criteria("--topic orders --limit 5").unwrap().limit, Some(5));
        assert!(Line::try_parse_from(["dlq", "--all", "--limit", "0"]).is_err());
    }

    #[test]
    fn ids_and_conditions_both_hold() {
        let id = "018bcfe5-69f4-8ae6-ad8e-69d0d2f6ba19";
        let criteria = criteria(&format!("{id} --tag vip")).unwrap();
        assert_eq!(criteria.ids, Some(vec![id.parse().unwrap()]));
        assert_eq!(criteria.tag.as_deref(), Some("vip"));
    }
}
