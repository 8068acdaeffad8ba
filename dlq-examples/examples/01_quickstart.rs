//! Capture dead letters from Kafka into a storage, look at them, and send them home.
//!
//! The broker is librdkafka's mock, so that this runs anywhere; yours goes where `brokers` stands.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use dlq_core::handler::IntakeConfig;
use dlq_core::record::{Change, WorkerId};
use dlq_core::redrive::{Redrive, RedrivePlan, RedriveSelect};
use dlq_core::storage::QueryCriteria;
use dlq_core::{DlqStorage, DlqStorageExt, MemoryStorage, Observers, SystemClock};
use dlq_kafka::sink::{KafkaSink, SinkConfig};
use dlq_kafka::source::{KafkaSource, SourceConfig};
use futures_util::TryStreamExt;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cluster = MockCluster::new(1)?;
    cluster.create_topic("orders", 1, 1)?;
    cluster.create_topic("orders-dlt", 1, 1)?;
    let brokers = cluster.bootstrap_servers();
    a_consumer_fails(&brokers)?;

    // Capture: any storage will do; `dlq-storage-sql` has durable ones.
    let storage: Arc<dyn DlqStorage> = Arc::new(MemoryStorage::new());
    let stop = CancellationToken::new();
    let source = KafkaSource::spawn(
        SourceConfig::new(&brokers, "dlq", vec!["orders-dlt".to_owned()]),
        IntakeConfig::default(),
        Arc::clone(&storage),
        Arc::new(SystemClock),
        Observers::default(),
        stop.clone(),
    )?;
    while storage.account().await?.stored < 3 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    // Look.
    let timeouts = QueryCriteria::builder().error_class("java.net.SocketTimeoutException").build();
    let records: Vec<_> = storage.stream(timeouts.clone(), true).try_collect().await?;
    for record in &records {
        println!("{} failed: {:?}", record.id, record.failure().message);
    }

    // Send home.
    let sink = KafkaSink::new(SinkConfig::new(&brokers, "quickstart"), Arc::new(SystemClock))?;
    let redrive = Redrive::new(Arc::clone(&storage), Arc::new(sink), Observers::default());
    let change = Change::by("user:me").because("the payment service is back");
    let select = RedriveSelect::Matching(Box::new(timeouts));
    let plan = RedrivePlan::new(select, WorkerId("quickstart".to_owned()), change);
    let report = redrive.run(&plan, &CancellationToken::new()).await?;
    println!("{} went home", report.delivered);

    // Stop: what was captured is stored and committed first.
    stop.cancel();
    tokio::task::spawn_blocking(move || source.join()).await?.map_err(|_| "the source panicked")??;
    let account = storage.account().await?;
    println!("{} arrived, {} stored; balanced: {}", account.arrived(), account.stored, account.balances());
    assert!(account.balances() && report.delivered == 3);
    Ok(())
}

/// What Spring Kafka's `DeadLetterPublishingRecoverer` would write.
fn a_consumer_fails(brokers: &str) -> Result<(), Box<dyn Error>> {
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    for offset in 0..3_i64 {
        let headers = OwnedHeaders::new()
            .insert(Header { key: "kafka_dlt-original-topic", value: Some("orders") })
            .insert(Header { key: "kafka_dlt-original-partition", value: Some(&0_i32.to_be_bytes()) })
            .insert(Header { key: "kafka_dlt-original-offset", value: Some(&offset.to_be_bytes()) })
            .insert(Header {
                key: "kafka_dlt-exception-fqcn",
                value: Some("java.net.SocketTimeoutException"),
            })
            .insert(Header { key: "kafka_dlt-exception-message", value: Some("connect timed out") });
        let record = BaseRecord::to("orders-dlt").key("k1").payload(r#"{"total":42}"#).headers(headers);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(Duration::from_secs(10))?;
    Ok(())
}
