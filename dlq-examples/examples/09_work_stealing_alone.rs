//! Work on many things at once and still keep the order of each: the lanes on their own, without records, storage or
//! Kafka. First on threads, then on tokio.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dlq_core::engine::parallel::{ParallelConfig, ParallelProcessor, Place, each, in_runs_async};
use tokio::runtime::Handle;

/// A booking on an account; what comes later must find what came before.
#[derive(Clone, Debug)]
struct Booking {
    account: String,
    amount: i64,
}

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tokio::task::spawn_blocking(|| on_threads().map_err(|error| error.to_string())).await??;
    on_tokio().await
}

/// A handler that computes or blocks gets threads. No runtime is needed here.
fn on_threads() -> Result<(), Box<dyn Error>> {
    let accounts: Arc<Mutex<HashMap<String, i64>>> = Arc::default();
    let book = Arc::clone(&accounts);
    let bank = ParallelProcessor::on_threads(
        &ParallelConfig::new(4),
        each(move |booking: Booking| {
            let mut accounts = book.lock().unwrap_or_else(PoisonError::into_inner);
            let balance = accounts.entry(booking.account).or_default();
            *balance += booking.amount;
            *balance
        }),
    )?;

    // One by one, with a ticket for the answer.
    let alice = bank.lane(&Place::key(b"alice"));
    let first = bank.submit_blocking(alice, Booking { account: "alice".to_owned(), amount: 100 })?;
    let second = bank.submit_blocking(alice, Booking { account: "alice".to_owned(), amount: -30 })?;
    println!("alice has {}, then {}", first.wait()?, second.wait()?);

    // Many at once, and the books tell what came of them.
    let bookings = (0..10_000).map(|n| {
        let account = format!("account-{}", n % 100);
        (bank.lane(&Place::key(account.as_bytes())), Booking { account, amount: 1 })
    });
    bank.post_batch_blocking(bookings.collect())?;
    let left = bank.stop_blocking(PATIENCE);
    let statistics = bank.statistics();
    println!(
        "{} bookings on {} lanes by {} workers, {} lanes stolen, {} left",
        statistics.handled(),
        statistics.lanes.len(),
        statistics.workers.len(),
        statistics.workers.iter().map(|worker| worker.stolen).sum::<u64>(),
        left.returned.len() + left.unfinished,
    );
    assert_eq!(statistics.handled(), 10_002);
    Ok(())
}

/// A handler that waits for others gets tasks, many more than there are cores; here it takes what has gathered in its lane
/// and sends it off together.
async fn on_tokio() -> Result<(), Box<dyn Error>> {
    let send = |bookings: Vec<Booking>| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let together = bookings.len();
        bookings.into_iter().map(|booking| (booking.amount, together)).collect()
    };
    let outbox =
        ParallelProcessor::on_tokio(&ParallelConfig::new(64), &Handle::current(), in_runs_async(10, send))?;
    let bookings = (0..600).map(|n| {
        let account = format!("account-{}", n % 40);
        (outbox.lane(&Place::key(account.as_bytes())), Booking { account, amount: n })
    });
    let mut largest = 0;
    for (ticket, n) in outbox.submit_batch(bookings.collect()).await?.into_iter().zip(0..) {
        let (amount, together) = ticket.await?;
        assert_eq!(amount, n, "each ticket has the answer to its own item");
        largest = largest.max(together);
    }
    let left = outbox.stop(PATIENCE).await;
    let turns: u64 = outbox.statistics().workers.iter().map(|worker| worker.turns).sum();
    println!("600 bookings in {turns} messages, at most {largest} in one, {} unfinished", left.unfinished);
    assert!(turns < 600);
    Ok(())
}
