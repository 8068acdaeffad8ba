//! How fast records are stored, beside a bare loop of prepared inserts that keeps as many bytes of each in one row and
//! looks at nothing; and how fast they are claimed and settled. Needs the server of `DLQ_TEST_CASSANDRA_URL`, and drops
//! what it made.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a measurement without its server fails"
)]

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dlq_core::DlqStorage;
use dlq_core::record::{Change, DlqRecord, WorkerId};
use dlq_core::storage::{ClaimRequest, Outcome, Save, Settle, Settlement};
use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};
use dlq_testkit::fixture::{Draft, DraftBody};
use dlq_testkit::server::Server;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;

const BATCH: usize = 500;
const BATCHES: usize = 60;
const IN_FLIGHT: usize = 4;
/// With how many inserts at a time the bare loop is tried; its best counts.
const BARE_IN_FLIGHT: [usize; 3] = [64, 256, 512];
const ROUNDS: usize = 5;
const KEYSPACE: &str = "dlq_bench_storage";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let server = Server::named("cassandra");
    let node = server.url().trim_start_matches("cassandra://");
    let bare = Arc::new(SessionBuilder::new().known_node(node).build().await.unwrap());
    let batches = batches();
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let config = CassandraConfig::from_url(server.url()).unwrap().keyspace(KEYSPACE);
        let ours = CassandraStorage::connect(&config).await.unwrap();
        let took = in_flight(&batches, |batch| store(ours.clone(), batch)).await;
        let moved = claim_and_settle(&ours).await;
        let beside = inserts(&bare).await;
        let ours = (BATCH * BATCHES) as f64 / took.as_secs_f64();
        ratios.push(ours / beside);
        println!(
            "stored {ours:.0}/s, bare {beside:.0}/s, {:.2}; claimed and settled {moved:.0}/s",
            ours / beside
        );
        bare.query_unpaged(format!("DROP KEYSPACE {KEYSPACE}"), ()).await.unwrap();
    }
    ratios.sort_by(f64::total_cmp);
    println!("{:.2} of the bare loop, the median of {ROUNDS}", ratios[ROUNDS / 2]);
}

fn batches() -> Vec<Vec<DlqRecord>> {
    let record = |number: usize| {
        let payload = DraftBody::Present(vec![b'x'; 1024]);
        let draft = Draft { payload, ..Draft::new(u32::try_from(number).unwrap()) };
        draft.due(Duration::ZERO).record()
    };
    (0..BATCHES).map(|batch| (batch * BATCH..(batch + 1) * BATCH).map(record).collect()).collect()
}

/// How long it takes to send all of them, a few at a time.
async fn in_flight<T: Clone, F>(all: &[T], send: impl Fn(T) -> F) -> Duration
where
    F: Future<Output = ()> + Send + 'static,
{
    let since = Instant::now();
    let mut tasks = std::collections::VecDeque::new();
    for one in all {
        if tasks.len() == IN_FLIGHT {
            let first: tokio::task::JoinHandle<()> = tasks.pop_front().unwrap();
            first.await.unwrap();
        }
        tasks.push_back(tokio::spawn(send(one.clone())));
    }
    for task in tasks {
        task.await.unwrap();
    }
    since.elapsed()
}

async fn store(storage: CassandraStorage, batch: Vec<DlqRecord>) {
    let answers = storage.save_batch(batch.into_iter().map(Save::New).collect()).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
}

/// How many rows a second a loop of prepared inserts keeps, at its best.
async fn inserts(session: &Arc<Session>) -> f64 {
    let columns = "(id uuid PRIMARY KEY, state blob, head blob, content blob)";
    let table = format!("{KEYSPACE}.bare");
    session.query_unpaged(format!("CREATE TABLE IF NOT EXISTS {table} {columns}"), ()).await.unwrap();
    let insert = format!("INSERT INTO {table} (id, state, head, content) VALUES (?, ?, ?, ?)");
    let insert = session.prepare(insert).await.unwrap();
    let mut best = 0.0_f64;
    for at_a_time in BARE_IN_FLIGHT {
        let (since, each) = (Instant::now(), BATCH * BATCHES / 2 / at_a_time);
        let loops = (0..at_a_time).map(|_| {
            let (session, insert) = (Arc::clone(session), insert.clone());
            tokio::spawn(async move {
                for _ in 0..each {
                    let id = uuid::Uuid::new_v4();
                    let row = (id, vec![1_u8; 120], vec![2_u8; 400], vec![3_u8; 1200]);
                    session.execute_unpaged(&insert, row).await.unwrap();
                }
            })
        });
        for one in loops.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        best = best.max((each * at_a_time) as f64 / since.elapsed().as_secs_f64());
    }
    best
}

/// How many records a second one worker claims and settles.
async fn claim_and_settle(storage: &CassandraStorage) -> f64 {
    let request = ClaimRequest { limit: BATCH, ..ClaimRequest::due(WorkerId("w".to_owned())) };
    let (since, mut moved) = (Instant::now(), 0);
    for _ in 0..BATCHES / 4 {
        let claimed = storage.claim(&request).await.unwrap();
        moved += claimed.len();
        let settlement = |record: &DlqRecord| Settlement {
            id: record.id,
            token: record.progress.fence,
            settle: Settle::Complete(Outcome::Delivered(None)),
            change: Change::by("worker:w"),
        };
        let settled = storage.settle(claimed.iter().map(settlement).collect()).await.unwrap();
        assert!(settled.iter().all(Result::is_ok));
    }
    moved as f64 / since.elapsed().as_secs_f64()
}
