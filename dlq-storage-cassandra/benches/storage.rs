//! How fast records are stored, beside two bare loops of prepared inserts that look at nothing: one writes the same rows,
//! each by itself, and one keeps as many bytes in a single row of each record; and how fast they are claimed and settled.
//! Needs the server of `DLQ_TEST_CASSANDRA_URL`, and drops what it made.
#![expect(clippy::unwrap_used, reason = "a measurement without its server fails")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use dlq_storage_cassandra::{CassandraConfig, CassandraStorage};
use dlq_testkit::measure;
use dlq_testkit::server::Server;
use futures_util::StreamExt;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::serialize::row::SerializeRow;

const BATCH: usize = 500;
const BATCHES: usize = 60;
const IN_FLIGHT: usize = 4;
/// With how many inserts at a time the bare loop is tried; its best counts.
const BARE_IN_FLIGHT: [usize; 3] = [64, 256, 512];
const ROUNDS: usize = 3;
const KEYSPACE: &str = "dlq_bench_storage";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let server = Server::named("cassandra");
    let node = server.url().trim_start_matches("cassandra://");
    let bare = Arc::new(SessionBuilder::new().known_node(node).build().await.unwrap());
    let batches = measure::batches(BATCHES, BATCH);
    let (mut of_rows, mut of_records) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let config = CassandraConfig::from_url(server.url()).unwrap().keyspace(KEYSPACE);
        let ours = CassandraStorage::connect(&config).await.unwrap();
        let took = measure::in_flight(IN_FLIGHT, &batches, |batch| measure::store(ours.clone(), batch)).await;
        let moved = measure::claim_and_settle(&ours, BATCHES / 4, BATCH).await;
        let rows = same_rows(&bare).await;
        let single = single_rows(&bare).await;
        let ours = measure::rate(BATCH * BATCHES, took);
        of_rows.push(ours / rows);
        of_records.push(ours / single);
        println!(
            "stored {ours:.0}/s; the same rows, bare, {rows:.0}/s; a row each, bare, {single:.0}/s; claimed and \
             settled {moved:.0}/s"
        );
        bare.query_unpaged(format!("DROP KEYSPACE {KEYSPACE}"), ()).await.unwrap();
    }
    let [rows, records] = [of_rows, of_records].map(measure::median);
    println!(
        "{rows:.2} of the loop that writes the same rows, {records:.2} of that of single rows, medians of {ROUNDS}"
    );
}

type Stored = (i32, i8, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);

/// How many records a second a loop of prepared inserts keeps that writes the rows of all of them, each by itself.
async fn same_rows(session: &Arc<Session>) -> f64 {
    let mut rows: Vec<Stored> = Vec::new();
    for (table, more) in [("dlq_rows", "head"), ("dlq_plain", "value")] {
        let all = format!("SELECT shard, space, key, value, {more} FROM {KEYSPACE}.{table}");
        let mut all = session.query_iter(all, ()).await.unwrap().rows_stream::<Stored>().unwrap();
        while let Some(row) = all.next().await {
            let (shard, space, key, value, more) = row.unwrap();
            rows.push((shard, space, key, value, more.filter(|_| table == "dlq_rows")));
        }
    }
    let columns =
        "(shard int, space tinyint, key blob, value blob, head blob, PRIMARY KEY (shard, space, key))";
    let insert = "INSERT INTO rows (shard, space, key, value, head) VALUES (?, ?, ?, ?, ?)";
    let took = inserts(session, "rows", columns, insert, &rows, BARE_IN_FLIGHT[1]).await;
    measure::rate(BATCH * BATCHES, took)
}

/// How many rows a second a loop of prepared inserts keeps, one of each record, at its best.
async fn single_rows(session: &Arc<Session>) -> f64 {
    let row = |_| (uuid::Uuid::new_v4(), vec![1_u8; 120], vec![2_u8; 400], vec![3_u8; 1200]);
    let rows: Vec<_> = (0..BATCH * BATCHES).map(row).collect();
    let columns = "(id uuid PRIMARY KEY, state blob, head blob, content blob)";
    let insert = "INSERT INTO single (id, state, head, content) VALUES (?, ?, ?, ?)";
    let mut best = 0.0_f64;
    for at_a_time in BARE_IN_FLIGHT {
        let took = inserts(session, "single", columns, insert, &rows, at_a_time).await;
        best = best.max(measure::rate(rows.len(), took));
    }
    best
}

/// How long a loop of prepared inserts takes for all of these rows, so many at a time.
async fn inserts<R>(
    session: &Arc<Session>,
    table: &str,
    columns: &str,
    insert: &str,
    rows: &[R],
    at_a_time: usize,
) -> Duration
where
    R: SerializeRow + Clone + Send + Sync + 'static,
{
    let create = format!("CREATE TABLE IF NOT EXISTS {KEYSPACE}.{table} {columns}");
    session.query_unpaged(create, ()).await.unwrap();
    let insert = insert.replace("INTO ", &format!("INTO {KEYSPACE}."));
    let insert = session.prepare(insert).await.unwrap();
    let since = Instant::now();
    let loops = rows.chunks(rows.len().div_ceil(at_a_time)).map(|rows| {
        let (session, insert, rows) = (Arc::clone(session), insert.clone(), rows.to_vec());
        tokio::spawn(async move {
            for row in rows {
                session.execute_unpaged(&insert, row).await.unwrap();
            }
        })
    });
    for one in loops.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    since.elapsed()
}
