//! Documents: few and small.

use std::collections::{BTreeMap, BTreeSet};

use dlq_core::DlqStorage;
use dlq_core::storage::{Expect, StorageResult};
use serde_json::Value;

use super::ends::Ends;
use super::note::KIND;

/// How many are read at once.
const PAGE: usize = 100;

/// Every document by kind and id, but what copies note.
pub(super) async fn of(storage: &dyn DlqStorage) -> StorageResult<BTreeMap<(String, String), Value>> {
    let mut all = BTreeMap::new();
    for kind in storage.document_kinds().await?.into_iter().filter(|kind| kind != KIND) {
        let mut after: Option<String> = None;
        loop {
            let page = storage.documents().list(&kind, after.as_deref(), PAGE).await?;
            after = page.last().map(|document| document.id.clone());
            all.extend(page.into_iter().map(|document| ((kind.clone(), document.id), document.json)));
            if after.is_none() {
                break;
            }
        }
    }
    Ok(all)
}

/// Has the target keep the source's documents, and no others; answers how many differed. Their versions begin anew.
pub(super) async fn all(ends: &Ends) -> StorageResult<u64> {
    let (there, here) = (of(&*ends.source).await?, of(&*ends.target).await?);
    let names: BTreeSet<_> = there.keys().chain(here.keys()).collect();
    let mut differed = 0;
    for name @ (kind, id) in names {
        let documents = ends.target.documents();
        match there.get(name) {
            wanted if wanted == here.get(name) => continue,
            Some(json) => drop(documents.put(kind, id, json, Expect::Any).await?),
            None => drop(documents.delete(kind, id).await?),
        }
        differed += 1;
    }
    Ok(differed)
}
