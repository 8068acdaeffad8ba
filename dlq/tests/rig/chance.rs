//! Chance that can be repeated: a few rounds in the tests, many in `dev/torture`.

use std::time::Duration;

/// How often a test does what it does.
pub fn rounds(few: u64) -> u64 {
    std::env::var("DLQ_TORTURE_ROUNDS").map_or(few, |rounds| rounds.parse().unwrap())
}

/// How long a test lets something last: shorter in the tests than in `dev/torture`.
pub fn lasting(short: Duration, long: Duration) -> Duration {
    if std::env::var_os("DLQ_TORTURE_ROUNDS").is_some() { long } else { short }
}

/// Waits below `longest` that differ from round to round, and are the same in every run with the same seed.
pub fn moments(longest: Duration) -> impl Iterator<Item = Duration> {
    let seed: u64 = std::env::var("DLQ_TORTURE_SEED").map_or(7, |seed| seed.parse().unwrap());
    println!("DLQ_TORTURE_SEED={seed} repeats these moments");
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        longest.mul_f64((state >> 32) as f64 / f64::from(u32::MAX))
    })
}
