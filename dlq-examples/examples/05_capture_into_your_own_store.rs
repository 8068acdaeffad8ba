//! Capture into a store of your own: here a file of JSON lines, with `MemoryStorage` for the books.
//!
//! Capture asks one thing of a store: what it has answered for is safe. All else that a store promises is examined by
//! `dlq_testkit::conformance`; run that against yours before you trust it.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use dlq_core::handler::IntakeConfig;
use dlq_core::record::{Change, HistoryEntry, RecordView};
use dlq_core::storage::{
    Account, Advance, Advanced, BulkOutcome, ClaimRequest, Count, Dimension, DlqDocuments, DlqTransfer, Page,
    PageRequest, Patch, QueryCriteria, Save, SaveOutcome, Settled, Settlement, SourcePartition,
    StorageCapability, StorageError, StorageErrorKind, StorageResult, Tally, Watermark, Whole,
};
use dlq_core::{DlqRecord, DlqStorage, MemoryStorage, Observers, RecordId, SystemClock};
use dlq_kafka::source::{KafkaSource, SourceConfig};
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tokio_util::sync::CancellationToken;

/// Every letter is a line of a file before anyone hears that it is stored.
#[derive(Debug)]
struct FileStorage {
    lines: Arc<Mutex<File>>,
    books: MemoryStorage,
}

impl FileStorage {
    fn open(file: &Path) -> std::io::Result<Self> {
        let lines = File::options().create(true).append(true).open(file)?;
        Ok(Self { lines: Arc::new(Mutex::new(lines)), books: MemoryStorage::new() })
    }

    /// A batch that is saved again is written again: who reads the file takes the first line of each id.
    async fn append(&self, lines: String) -> StorageResult<()> {
        let file = Arc::clone(&self.lines);
        let append = move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(lines.as_bytes()).and_then(|()| file.sync_data())
        };
        let appended = tokio::task::spawn_blocking(append).await.map_err(std::io::Error::other).flatten();
        // The outcome is unknown, and so the batch comes again.
        appended.map_err(|error| failed("the file cannot be written").caused_by(error))
    }
}

fn failed(message: &str) -> StorageError {
    StorageError::new(StorageErrorKind::Connection, "append", message)
}

/// Records as JSON lines, whole: `DlqRecord::from_json` makes them again.
fn lines<'r>(records: impl Iterator<Item = &'r DlqRecord>) -> StorageResult<String> {
    let line = |record| serde_json::to_string(&RecordView::to_restore(record)).map(|line| line + "\n");
    let lines: serde_json::Result<String> = records.map(line).collect();
    lines.map_err(|error| failed("a record is no JSON").caused_by(error))
}

#[async_trait]
impl DlqStorage for FileStorage {
    async fn save_batch(&self, saves: Vec<Save>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.append(lines(saves.iter().filter_map(Save::record))?).await?;
        self.books.save_batch(saves).await
    }

    // From here on the books answer as they are.

    fn capability(&self) -> &StorageCapability {
        self.books.capability()
    }

    async fn bulk_update(
        &self,
        criteria: &QueryCriteria,
        patch: &Patch,
        change: &Change,
    ) -> StorageResult<BulkOutcome> {
        self.books.bulk_update(criteria, patch, change).await
    }

    async fn delete(&self, criteria: &QueryCriteria, change: &Change) -> StorageResult<BulkOutcome> {
        self.books.delete(criteria, change).await
    }

    async fn find_batch(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<DlqRecord>>> {
        self.books.find_batch(ids).await
    }

    async fn page(&self, request: &PageRequest) -> StorageResult<Page> {
        self.books.page(request).await
    }

    async fn count(&self, criteria: &QueryCriteria, cap: u64) -> StorageResult<Count> {
        self.books.count(criteria, cap).await
    }

    async fn claim(&self, request: &ClaimRequest) -> StorageResult<Vec<DlqRecord>> {
        self.books.claim(request).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> StorageResult<Vec<StorageResult<Settled>>> {
        self.books.settle(settlements).await
    }

    async fn advance(&self, advance: &Advance) -> StorageResult<Advanced> {
        self.books.advance(advance).await
    }

    async fn watermarks(&self, partitions: &[SourcePartition]) -> StorageResult<Vec<Option<Watermark>>> {
        self.books.watermarks(partitions).await
    }

    async fn all_watermarks(&self) -> StorageResult<Vec<(SourcePartition, Watermark)>> {
        self.books.all_watermarks().await
    }

    async fn account(&self) -> StorageResult<Account> {
        self.books.account().await
    }

    async fn statistics(&self, by: Dimension) -> StorageResult<Vec<Tally>> {
        self.books.statistics(by).await
    }

    async fn history(&self, id: RecordId) -> StorageResult<Vec<HistoryEntry>> {
        self.books.history(id).await
    }

    async fn health(&self) -> StorageResult<Vec<String>> {
        self.books.health().await
    }

    fn documents(&self) -> &dyn DlqDocuments {
        self.books.documents()
    }
}

/// `dlq copy` moves a store by these.
#[async_trait]
impl DlqTransfer for FileStorage {
    async fn wholes(&self, ids: &[RecordId]) -> StorageResult<Vec<Option<Whole>>> {
        self.books.wholes(ids).await
    }

    /// What was moved here is answered for like what was captured: a line first. Its history is in the books alone.
    async fn restore(&self, wholes: Vec<Whole>) -> StorageResult<Vec<StorageResult<SaveOutcome>>> {
        self.append(lines(wholes.iter().map(|whole| &whole.record))?).await?;
        self.books.restore(wholes).await
    }

    async fn open_books(
        &self,
        account: &Account,
        watermarks: &[(SourcePartition, Watermark)],
    ) -> StorageResult<()> {
        self.books.open_books(account, watermarks).await
    }

    async fn document_kinds(&self) -> StorageResult<Vec<String>> {
        self.books.document_kinds().await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cluster = MockCluster::new(1)?;
    cluster.create_topic("orders-dlt", 1, 1)?;
    let brokers = cluster.bootstrap_servers();
    a_consumer_fails(&brokers)?;

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("letters.jsonl");
    let storage: Arc<dyn DlqStorage> = Arc::new(FileStorage::open(&file)?);
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
    stop.cancel();
    tokio::task::spawn_blocking(move || source.join()).await?.map_err(|_| "the source panicked")??;

    // Whatever becomes of this process, the letters are in the file, byte for byte.
    let letters: Vec<_> =
        std::fs::read_to_string(&file)?.lines().map(DlqRecord::from_json).collect::<Result<_, _>>()?;
    for letter in &letters {
        println!("{} was captured from {:?}", letter.id, letter.captured.from);
    }
    assert!(letters.len() == 3 && storage.account().await?.balances());
    Ok(())
}

fn a_consumer_fails(brokers: &str) -> Result<(), Box<dyn Error>> {
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    for payload in ["one", "two", "three"] {
        let record = BaseRecord::to("orders-dlt").key("k1").payload(payload);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(Duration::from_secs(10))?;
    Ok(())
}
