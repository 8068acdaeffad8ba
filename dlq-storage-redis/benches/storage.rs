//! How fast records are stored, beside a bare pipeline that sends the same values to the same keys and looks at nothing;
//! and how fast they are claimed and settled. Needs the server of `DLQ_TEST_REDIS_URL`, and clears away what it wrote.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a measurement without its server fails"
)]

use std::future::Future;
use std::time::{Duration, Instant};

use dlq_core::DlqStorage;
use dlq_core::record::{Change, DlqRecord, WorkerId};
use dlq_core::storage::{ClaimRequest, Outcome, Save, Settle, Settlement};
use dlq_storage_redis::{RedisConfig, RedisStorage};
use dlq_testkit::fixture::{Draft, DraftBody};
use dlq_testkit::server::Server;
use redis::aio::MultiplexedConnection;

const BATCH: usize = 500;
const BATCHES: usize = 80;
const IN_FLIGHT: usize = 2;
const ROUNDS: usize = 5;
const PREFIX: &str = "bench";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let server = Server::named("redis");
    let client = redis::Client::open(server.url()).unwrap();
    let bare = client.get_multiplexed_async_connection().await.unwrap();
    let batches = batches();
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let config = RedisConfig::from_url(server.url()).unwrap().prefix(PREFIX);
        let ours = RedisStorage::connect(&config).await.unwrap();
        let took = in_flight(&batches, |batch| store(ours.clone(), batch)).await;
        let taken = values(bare.clone()).await;
        let moved = claim_and_settle(&ours).await;
        clear(bare.clone()).await;
        let beside = in_flight(&taken, |values| pipeline(bare.clone(), values)).await;
        clear(bare.clone()).await;
        let rate = |took: Duration| (BATCH * BATCHES) as f64 / took.as_secs_f64();
        ratios.push(rate(took) / rate(beside));
        println!(
            "stored {:.0}/s, bare {:.0}/s, {:.2}; claimed and settled {moved:.0}/s",
            rate(took),
            rate(beside),
            rate(took) / rate(beside)
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!("{:.2} of the bare pipeline, the median of {ROUNDS}", ratios[ROUNDS / 2]);
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

async fn store(storage: RedisStorage, batch: Vec<DlqRecord>) {
    let answers = storage.save_batch(batch.into_iter().map(Save::New).collect()).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
}

/// What a batch wrote: by key, the fields and values of a hash, or the members of a sorted set.
#[derive(Clone, Default)]
struct Values {
    hashes: Vec<(String, Vec<Vec<u8>>)>,
    sets: Vec<(String, Vec<Vec<u8>>)>,
}

const HASHES: [&str; 3] = ["state", "head", "content"];
const SETS: [&str; 5] = ["ids", "due", "changed", "cells", "lanes"];

fn key(name: &str) -> String {
    format!("{{{PREFIX}:0}}:{name}")
}

/// All that stands on the server, in as many batches.
async fn values(mut connection: MultiplexedConnection) -> Vec<Values> {
    let mut batches = vec![Values::default(); BATCHES];
    for name in HASHES {
        let all: Vec<Vec<u8>> =
            redis::cmd("HGETALL").arg(key(name)).query_async(&mut connection).await.unwrap();
        for (batch, part) in batches.iter_mut().zip(all.chunks(BATCH * 2)) {
            batch.hashes.push((key(name), part.to_vec()));
        }
    }
    for name in SETS {
        let mut range = redis::cmd("ZRANGE");
        let all: Vec<Vec<u8>> =
            range.arg(key(name)).arg(0).arg(-1).query_async(&mut connection).await.unwrap();
        for (batch, part) in batches.iter_mut().zip(all.chunks(BATCH)) {
            batch.sets.push((key(name), part.to_vec()));
        }
    }
    batches
}

async fn pipeline(mut connection: MultiplexedConnection, values: Values) {
    let mut commands = redis::pipe();
    for (key, fields) in &values.hashes {
        commands.cmd("HSET").arg(key).arg(fields);
    }
    for (key, members) in &values.sets {
        let command = commands.cmd("ZADD").arg(key);
        members.iter().for_each(|member| {
            command.arg(0).arg(member);
        });
    }
    let _: Vec<u64> = commands.query_async(&mut connection).await.unwrap();
}

/// How many records a second one worker claims and settles.
async fn claim_and_settle(storage: &RedisStorage) -> f64 {
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

async fn clear(mut connection: MultiplexedConnection) {
    let names = ["meta", "history", "tally", "books"];
    let keys: Vec<_> = HASHES.iter().chain(&SETS).chain(&names).map(|name| key(name)).collect();
    let _: u64 = redis::cmd("DEL").arg(keys).query_async(&mut connection).await.unwrap();
}
