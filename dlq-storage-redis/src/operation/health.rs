//! Whether the server can be reached and written, and whether what it acknowledges stays.

use dlq_core::storage::StorageResult;

use crate::key::Key;
use crate::store::Store;

pub(crate) async fn health(store: &Store) -> StorageResult<Vec<String>> {
    // A write that changes nothing: a replica, a full disk or too few replicas refuse it all the same.
    let nothing = "(0";
    let mut probe = store.command("ZREMRANGEBYSCORE", Key::Reserved);
    store.ask::<u64>("health", probe.arg(nothing).arg(nothing)).await?;
    let mut asked = redis::cmd("CONFIG");
    asked.arg("GET").arg(&["appendonly", "appendfsync", "maxmemory-policy", "maxmemory"]);
    // Services that others run mostly keep their settings to themselves.
    match store.ask::<Vec<(String, String)>>("health", &asked).await {
        Ok(settings) => Ok(warnings(&settings)),
        Err(error) => {
            Ok(vec![format!("the server does not tell how safely it keeps what it acknowledges: {error}")])
        }
    }
}

fn warnings(settings: &[(String, String)]) -> Vec<String> {
    let told =
        |name| settings.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let mut warnings = Vec::new();
    match (told("appendonly"), told("appendfsync")) {
        ("yes", "always") => {}
        ("yes", "everysec") => warnings.push(
            "appendfsync everysec: a loss of power takes what was acknowledged in the last second or two; \
             \"always\" keeps it"
                .to_owned(),
        ),
        ("yes", other) => warnings.push(format!(
            "appendfsync {other}: a loss of power takes what the machine had not written yet, mostly of half a \
             minute; \"always\" keeps it"
        )),
        _ => warnings.push(
            "appendonly no: a crash takes all that was acknowledged since the last snapshot; \"yes\" keeps it".to_owned(),
        ),
    }
    let policy = told("maxmemory-policy");
    if policy != "noeviction" {
        let limit = if told("maxmemory") == "0" { ", once maxmemory is set," } else { "" };
        warnings.push(format!(
            "maxmemory-policy {policy}: a full server{limit} may drop dead letters; \"noeviction\" refuses new ones instead"
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(appendonly: &str, appendfsync: &str, policy: &str) -> Vec<String> {
        let settings =
            [("appendonly", appendonly), ("appendfsync", appendfsync), ("maxmemory-policy", policy)];
        warnings(&settings.map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    #[test]
    fn what_may_be_lost_is_told_and_nothing_else() {
        assert!(of("yes", "always", "noeviction").is_empty());
        assert!(of("yes", "everysec", "noeviction")[0].contains("last second"));
        assert!(of("yes", "no", "noeviction")[0].contains("had not written"));
        assert!(of("no", "everysec", "noeviction")[0].contains("since the last snapshot"));
        assert!(of("yes", "always", "allkeys-lru")[0].contains("may drop dead letters"));
        assert_eq!(of("no", "no", "volatile-ttl").len(), 2);
    }
}
