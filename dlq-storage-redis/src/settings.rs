//! [`Settings`]: how the server is set up, as far as it decides what is kept.

use std::collections::HashMap;

use dlq_core::storage::{StorageCapability, StorageResult};
use dlq_storage_keyed::FOUND_BY;

use crate::connection::Connection;

/// What is asked of the server.
const ASKED: [&str; 4] = ["appendonly", "appendfsync", "maxmemory-policy", "maxmemory"];

/// What can be promised where the server keeps what it acknowledges.
const CAPABILITY: StorageCapability = StorageCapability {
    name: "redis",
    durable: true,
    evicts: false,
    largest_batch: 1000,
    pushed_down: &FOUND_BY,
};

/// How each of the servers is set up.
///
/// # Errors
/// They do not tell, as services that others run mostly do not.
pub(crate) async fn read(connection: &Connection, operation: &'static str) -> StorageResult<Vec<Settings>> {
    let mut command = redis::cmd("CONFIG");
    command.arg("GET").arg(&ASKED[..]);
    let told = connection.ask_each(operation, &command).await?;
    Ok(told.into_iter().map(Settings).collect())
}

/// What can be promised where servers are set up so: no more than each of them can.
pub(crate) fn capability(all: &[Settings]) -> StorageCapability {
    let each: Vec<_> = all.iter().map(Settings::capability).collect();
    let durable = !each.is_empty() && each.iter().all(|one| one.durable);
    StorageCapability { durable, evicts: each.iter().any(|one| one.evicts), ..CAPABILITY }
}

/// What an operator should know, each once.
pub(crate) fn warnings(all: &[Settings]) -> Vec<String> {
    let mut warnings: Vec<_> = all.iter().flat_map(Settings::warnings).collect();
    warnings.sort();
    warnings.dedup();
    warnings
}

/// How a server is set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings(HashMap<String, String>);

impl Settings {
    fn told(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// What can be promised: no more than what is known.
    fn capability(&self) -> StorageCapability {
        let durable = self.told("appendonly") == "yes" && self.told("appendfsync") == "always";
        let limited = !matches!(self.told("maxmemory"), "" | "0");
        let evicts = limited && self.told("maxmemory-policy") != "noeviction";
        StorageCapability { durable, evicts, ..CAPABILITY }
    }

    /// What an operator should know.
    fn warnings(&self) -> Vec<String> {
        [self.durability(), self.eviction()].into_iter().flatten().collect()
    }

    fn durability(&self) -> Option<String> {
        Some(match (self.told("appendonly"), self.told("appendfsync")) {
            ("yes", "always") => return None,
            ("yes", "everysec") => "appendfsync everysec: a loss of power takes what was acknowledged in the last \
                                    second or two; \"always\" keeps it"
                .to_owned(),
            ("yes", other) => format!(
                "appendfsync {other}: a loss of power takes what the machine had not written yet, mostly of half a \
                 minute; \"always\" keeps it"
            ),
            _ => "appendonly no: a crash takes all that was acknowledged since the last snapshot; \"yes\" keeps it"
                .to_owned(),
        })
    }

    fn eviction(&self) -> Option<String> {
        let policy = self.told("maxmemory-policy");
        let when = if self.told("maxmemory") == "0" { " once maxmemory is set" } else { "" };
        (policy != "noeviction").then(|| {
            format!(
                "maxmemory-policy {policy}: a full server may drop dead letters{when}; \"noeviction\" refuses new \
                 ones instead"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: [&str; 4]) -> Settings {
        Settings(ASKED.into_iter().zip(values).map(|(name, value)| (name.into(), value.into())).collect())
    }

    #[test]
    fn what_may_be_lost_is_told_and_nothing_else() {
        assert!(of(["yes", "always", "noeviction", "0"]).warnings().is_empty());
        for (values, words) in [
            (["yes", "everysec", "noeviction", "0"], &["last second"][..]),
            (["yes", "no", "noeviction", "0"], &["had not written"]),
            (["no", "everysec", "noeviction", "0"], &["since the last snapshot"]),
            (["yes", "always", "allkeys-lru", "1"], &["may drop dead letters;"]),
            (["no", "no", "volatile-ttl", "0"], &["appendonly", "once maxmemory is set"]),
        ] {
            let warnings = of(values).warnings();
            assert_eq!(warnings.len(), words.len(), "{warnings:?}");
            assert!(warnings.iter().zip(words).all(|(told, word)| told.contains(word)), "{warnings:?}");
        }
    }

    #[test]
    fn no_more_is_promised_than_what_is_known() {
        let promised = |settings: Settings| {
            let capability = settings.capability();
            (capability.durable, capability.evicts)
        };
        assert_eq!(promised(of(["yes", "always", "noeviction", "1"])), (true, false));
        assert_eq!(promised(of(["yes", "everysec", "allkeys-lru", "0"])), (false, false));
        assert_eq!(promised(of(["no", "always", "allkeys-lru", "1"])), (false, true));
        assert_eq!(promised(Settings::default()), (false, false));
    }
}
