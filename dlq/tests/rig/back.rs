//! What was away is back.

use std::time::{Duration, Instant};

use super::{Store, stored, until};

/// How long it may take until capture goes on. On a quiet machine it takes less than ten seconds.
const GENEROUS: Duration = Duration::from_secs(40);

/// Whatever was away is back: records are stored again soon.
pub fn assert_captures_again(store: &Store) {
    let (back, before) = (Instant::now(), stored(store));
    until("it captures again", || stored(store) > before);
    println!("captured again after {:?}", back.elapsed());
    assert!(back.elapsed() < GENEROUS, "it took {:?}", back.elapsed());
}
