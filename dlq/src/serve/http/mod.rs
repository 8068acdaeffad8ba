//! What a server tells over HTTP: how it is, and its numbers.

mod listen;
mod probes;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use dlq_core::{Observers, SystemClock, TopicName};
use dlq_metrics::Metrics;

pub use listen::{Listening, listen};

use super::Health;
use crate::config::Config;

/// What the pages show. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shown {
    /// How it is.
    pub health: Arc<Health>,
    /// What it counts.
    pub metrics: Arc<Metrics>,
}

impl Shown {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let health = Arc::new(Health::new(Arc::new(SystemClock)));
        Self { health, metrics: Arc::new(Metrics::new(&named_topics(config))) }
    }

    /// Those who hear of what happens.
    #[must_use]
    pub fn observers(&self) -> Observers {
        Observers::default().with(Arc::clone(&self.metrics) as _).with(Arc::clone(&self.health) as _)
    }
}

/// The topics that are configured by name; those that a pattern finds are not known beforehand.
fn named_topics(config: &Config) -> Vec<TopicName> {
    config.kafka.topics.0.iter().filter_map(|topic| TopicName::new(topic.as_str()).ok()).collect()
}

/// Every page there is. None of them waits for the storage or for Kafka.
pub fn pages(shown: Shown) -> Router {
    Router::new()
        .route("/livez", get(probes::live))
        .route("/readyz", get(probes::ready))
        .route("/startupz", get(probes::started))
        .route("/metrics", get(metrics))
        .with_state(shown)
}

async fn metrics(State(shown): State<Shown>) -> impl IntoResponse {
    ([(CONTENT_TYPE, dlq_metrics::CONTENT_TYPE)], shown.metrics.render())
}

#[cfg(test)]
mod tests;
