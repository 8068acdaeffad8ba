//! Whether the cluster can be reached and written, and whether what it acknowledges stays.

use dlq_core::storage::StorageResult;
use dlq_storage_keyed::{Key, Space};

use crate::error::Trouble;
use crate::plain;
use crate::settings::Settings;
use crate::store::Tables;

pub(crate) async fn health(tables: &Tables) -> StorageResult<Vec<String>> {
    probe(tables).await.map_err(|trouble| trouble.told("health"))?;
    let mut warnings = match Settings::read(&tables.cluster, &tables.keyspace).await {
        Ok(settings) => settings.warnings(),
        Err(trouble) => {
            let error = trouble.told("health");
            vec![format!("whether the nodes keep what they acknowledge they do not tell: {error}")]
        }
    };
    if !tables.cluster.agrees().await {
        warnings
            .push("the nodes do not agree on the tables: nodetool describecluster tells which".to_owned());
    }
    Ok(warnings)
}

/// A write that changes nothing, and a question that most replicas have to answer in agreement.
async fn probe(tables: &Tables) -> Result<(), Trouble> {
    let nobody = Key { space: Space::Positions, key: b"health".to_vec() };
    plain::cut(tables, 0, &[nobody]).await?;
    tables.trail(0).await.map(drop)
}
