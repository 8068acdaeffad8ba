//! Looking for dead-letter topics again and again, beside capture.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::TopicName;
use tokio::sync::watch;

use super::{Discovery, Found, find_new};
use crate::client::ClientProperties;
use crate::error::SourceError;
use crate::scan::Scan;

/// Looks for dead-letter topics until nobody listens; what was found stays found.
pub(crate) async fn watch(
    brokers: String,
    properties: ClientProperties,
    discovery: Discovery,
    topics: watch::Sender<BTreeSet<TopicName>>,
) {
    let discovery = Arc::new(discovery);
    let mut scan: Option<Arc<Scan>> = None;
    while !topics.is_closed() {
        let known = topics.borrow().clone();
        let (brokers, properties, rule) = (brokers.clone(), properties.clone(), Arc::clone(&discovery));
        let reached = scan.take();
        let look = move || look(reached, &brokers, &properties, &rule, &known);
        match tokio::task::spawn_blocking(look).await.unwrap_or(Err(SourceError::Panicked)) {
            Ok((reached, found)) => {
                scan = Some(reached);
                tell(&found, &topics);
            }
            Err(error) => {
                tracing::warn!(%error, "dead-letter topics could not be looked for; it is tried again")
            }
        }
        tokio::select! {
            () = topics.closed() => {}
            () = tokio::time::sleep(discovery.interval.max(Duration::from_millis(100))) => {}
        }
    }
}

fn look(
    reached: Option<Arc<Scan>>,
    brokers: &str,
    properties: &ClientProperties,
    discovery: &Discovery,
    known: &BTreeSet<TopicName>,
) -> Result<(Arc<Scan>, Vec<Found>), SourceError> {
    let scan = match reached {
        Some(scan) => scan,
        None => Arc::new(Scan::connect(brokers, properties, "dlq-discover")?),
    };
    let found = find_new(&scan, discovery, |topic| known.contains(topic))?;
    Ok((scan, found))
}

fn tell(found: &[Found], topics: &watch::Sender<BTreeSet<TopicName>>) {
    for Found { topic, why } in found {
        tracing::info!(%topic, %why, "a dead-letter topic was found: it is captured");
    }
    topics.send_if_modified(|all| {
        all.extend(found.iter().map(|found| found.topic.clone()));
        !found.is_empty()
    });
}
