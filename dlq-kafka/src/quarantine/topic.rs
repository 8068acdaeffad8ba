//! The topic: it must be there, and must never drop what it keeps.

use std::time::Duration;

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;

use super::config::{MESSAGE_BYTES_MAX, QuarantineConfig};
use crate::error::QuarantineError;

/// How long the cluster may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// Makes the topic where it is missing and may be made; else looks whether it keeps what it is given.
pub(super) async fn ensure(config: &QuarantineConfig) -> Result<(), QuarantineError> {
    let admin: AdminClient<DefaultClientContext> = admin_properties(config).create()?;
    let (admin, there) = is_there(admin, config.topic.to_string()).await?;
    match (there, config.create) {
        (true, _) => keeps_for_good(&admin, config).await,
        (false, true) => create(&admin, config).await,
        (false, false) => Err(QuarantineError::Missing { topic: config.topic.clone() }),
    }
}

/// The client's properties without those that only a producer knows.
fn admin_properties(config: &QuarantineConfig) -> rdkafka::ClientConfig {
    let mut client = rdkafka::ClientConfig::new();
    config.properties.apply(&mut client);
    client.set("bootstrap.servers", &config.brokers).set("allow.auto.create.topics", "false");
    client
}

async fn is_there(
    admin: AdminClient<DefaultClientContext>,
    topic: String,
) -> Result<(AdminClient<DefaultClientContext>, bool), QuarantineError> {
    let ask = move || {
        let metadata = admin.inner().fetch_metadata(None, ANSWER)?;
        let there = metadata.topics().iter().any(|there| there.name() == topic);
        Ok((admin, there))
    };
    tokio::task::spawn_blocking(ask).await.unwrap_or(Err(QuarantineError::Panicked))
}

async fn create(
    admin: &AdminClient<DefaultClientContext>,
    config: &QuarantineConfig,
) -> Result<(), QuarantineError> {
    let largest = MESSAGE_BYTES_MAX.to_string();
    // The broker's own default replication.
    let new = NewTopic::new(config.topic.as_str(), 1, TopicReplication::Fixed(-1))
        .set("cleanup.policy", "compact")
        .set("retention.ms", "-1")
        .set("retention.bytes", "-1")
        .set("max.message.bytes", &largest);
    let options = AdminOptions::new().operation_timeout(Some(ANSWER)).request_timeout(Some(ANSWER));
    for made in admin.create_topics([&new], &options).await? {
        match made {
            Ok(_) => tracing::info!(topic = %config.topic, "the quarantine topic was made"),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => {
                let (topic, reason) = (config.topic.clone(), code.to_string());
                return Err(QuarantineError::NotMade { topic, reason });
            }
        }
    }
    Ok(())
}

async fn keeps_for_good(
    admin: &AdminClient<DefaultClientContext>,
    config: &QuarantineConfig,
) -> Result<(), QuarantineError> {
    let options = AdminOptions::new().request_timeout(Some(ANSWER));
    let asked = [ResourceSpecifier::Topic(config.topic.as_str())];
    for answer in admin.describe_configs(&asked, &options).await? {
        match answer {
            Ok(told) => refuse_what_drops(&told, config)?,
            Err(code) => tracing::warn!(
                topic = %config.topic, %code,
                "the quarantine topic does not tell its configuration: whether it keeps what it is given is not known"
            ),
        }
    }
    Ok(())
}

/// A topic that deletes what is old would lose what it keeps.
fn refuse_what_drops(told: &ConfigResource, config: &QuarantineConfig) -> Result<(), QuarantineError> {
    let value = |name| told.get(name).and_then(|entry| entry.value.as_deref()).unwrap_or_default();
    let deletes = value("cleanup.policy").split(',').any(|policy| policy == "delete");
    for setting in ["retention.ms", "retention.bytes"] {
        if deletes && value(setting) != "-1" {
            return Err(QuarantineError::Drops {
                topic: config.topic.clone(),
                setting,
                value: value(setting).to_owned(),
            });
        }
    }
    Ok(())
}
