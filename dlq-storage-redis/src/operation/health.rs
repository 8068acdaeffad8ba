//! Whether the server can be reached and written, and whether what it acknowledges stays.

use dlq_core::storage::StorageResult;

use crate::key::Key;
use crate::settings::Settings;
use crate::store::Store;

pub(crate) async fn health(store: &Store) -> StorageResult<Vec<String>> {
    // A write that changes nothing: a replica, a full disk or too few replicas refuse it all the same.
    let mut probe = store.command("ZREMRANGEBYSCORE", Key::Reserved);
    store.ask::<u64>("health", probe.arg("(0").arg("(0")).await?;
    match Settings::read(store, "health").await {
        Ok(settings) => Ok(settings.warnings()),
        Err(error) => {
            Ok(vec![format!("whether the server keeps what it acknowledges it does not tell: {error}")])
        }
    }
}
