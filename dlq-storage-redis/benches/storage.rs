//! How fast records are stored, beside a bare pipeline that sends the same values to the same keys and looks at nothing;
//! and how fast they are claimed and settled. Needs the server of `DLQ_TEST_REDIS_URL`, and clears away what it wrote.
#![expect(clippy::unwrap_used, reason = "a measurement without its server fails")]

use dlq_storage_redis::{RedisConfig, RedisStorage};
use dlq_testkit::measure;
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
    let batches = measure::batches(BATCHES, BATCH);
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let config = RedisConfig::from_url(server.url()).unwrap().prefix(PREFIX);
        let ours = RedisStorage::connect(&config).await.unwrap();
        let took = measure::in_flight(IN_FLIGHT, &batches, |batch| measure::store(ours.clone(), batch)).await;
        let taken = values(bare.clone()).await;
        let moved = measure::claim_and_settle(&ours, BATCHES / 4, BATCH).await;
        clear(bare.clone()).await;
        let beside = measure::in_flight(IN_FLIGHT, &taken, |values| pipeline(bare.clone(), values)).await;
        clear(bare.clone()).await;
        let [ours, beside] = [took, beside].map(|took| measure::rate(BATCH * BATCHES, took));
        ratios.push(ours / beside);
        println!(
            "stored {ours:.0}/s, bare {beside:.0}/s, {:.2}; claimed and settled {moved:.0}/s",
            ours / beside
        );
    }
    println!("{:.2} of the bare pipeline, the median of {ROUNDS}", measure::median(ratios));
}

/// What a batch wrote: by key, the fields and values of a hash, or the members of a sorted set.
#[derive(Clone, Default)]
struct Values {
    hashes: Vec<(String, Vec<Vec<u8>>)>,
    sets: Vec<(String, Vec<Vec<u8>>)>,
}

const HASHES: [&str; 3] = ["state", "head", "content"];
const SETS: [&str; 5] = ["ids", "due", "changed", "kinds", "lanes"];

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

async fn clear(mut connection: MultiplexedConnection) {
    let names = ["meta", "history", "tally", "books"];
    let keys: Vec<_> = HASHES.iter().chain(&SETS).chain(&names).map(|name| key(name)).collect();
    let _: u64 = redis::cmd("DEL").arg(keys).query_async(&mut connection).await.unwrap();
}
