use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn seconds(strategy: &BackoffStrategy) -> Vec<f64> {
    (1..=5).map(|attempt| strategy.wait(attempt, 7).as_secs_f64()).collect()
}

#[test]
fn each_strategy_grows_in_its_way() {
    let (base, max) = (SECOND, SECOND * 10);
    assert_eq!(seconds(&BackoffStrategy::None), [0.0; 5]);
    assert_eq!(seconds(&BackoffStrategy::Fixed(SECOND)), [1.0; 5]);
    let linear = BackoffStrategy::Linear { initial: SECOND, increment: SECOND * 4, max };
    assert_eq!(seconds(&linear), [1.0, 5.0, 9.0, 10.0, 10.0]);
    let exponential = BackoffStrategy::Exponential { base, multiplier: 2.0, max };
    assert_eq!(seconds(&exponential), [1.0, 2.0, 4.0, 8.0, 10.0]);
    let custom = CustomBackoff::new("squares", |attempt| SECOND * attempt * attempt);
    assert_eq!(seconds(&BackoffStrategy::Custom(custom)), [1.0, 4.0, 9.0, 16.0, 25.0]);
}

#[test]
fn jitter_spreads_over_all_that_it_may() {
    let waits = |jitter| {
        let strategy = BackoffStrategy::ExponentialWithJitter {
            base: SECOND,
            multiplier: 2.0,
            max: SECOND * 60,
            jitter,
        };
        let waits: Vec<_> = (0..1_000).map(|seed| strategy.wait(2, seed).as_secs_f64()).collect();
        (waits.iter().copied().fold(f64::MAX, f64::min), waits.iter().copied().fold(0.0, f64::max))
    };
    let (least, most) = waits(Jitter::Partial(0.25));
    assert!((1.5..1.6).contains(&least) && (2.4..=2.5).contains(&most), "{least} {most}");
    let (least, most) = waits(Jitter::Full);
    assert!((0.0..0.1).contains(&least) && (1.9..=2.0).contains(&most), "{least} {most}");
}

#[test]
fn numbers_that_make_no_sense_are_refused_by_name() {
    let exponential = |multiplier, max| BackoffStrategy::Exponential { base: SECOND, multiplier, max };
    let refusal = |strategy: BackoffStrategy| strategy.check().unwrap_err().to_string();
    assert_eq!(refusal(exponential(0.5, SECOND)), "backoff.multiplier = 0.5: allowed: 1 or more");
    assert_eq!(refusal(exponential(f64::NAN, SECOND)), "backoff.multiplier = NaN: allowed: 1 or more");
    assert_eq!(refusal(exponential(2.0, SECOND / 2)), "backoff.max = 500ms: allowed: the first wait or more");
    let jitter = Jitter::Partial(1.5);
    let spread =
        BackoffStrategy::ExponentialWithJitter { base: SECOND, multiplier: 2.0, max: SECOND, jitter };
    assert_eq!(refusal(spread), "backoff.jitter = Partial(1.5): allowed: a share of 0 to 1");
    assert_eq!(exponential(1.0, SECOND).check(), Ok(()));
}

proptest! {
    #[test]
    fn no_attempt_overflows_or_exceeds_the_longest(
        attempt: u32, seed: u64, base: Duration, step: Duration, max: Duration, multiplier in 1.0..f64::MAX, share in 0.0..=1.0
    ) {
        let jitter = Jitter::Partial(share);
        for strategy in [
            BackoffStrategy::Linear { initial: base, increment: step, max },
            BackoffStrategy::Exponential { base, multiplier, max },
            BackoffStrategy::ExponentialWithJitter { base, multiplier, max, jitter },
            BackoffStrategy::ExponentialWithJitter { base, multiplier, max, jitter: Jitter::Full },
        ] {
            prop_assert!(strategy.wait(attempt, seed) <= max.max(base));
        }
    }

    #[test]
    fn a_later_attempt_waits_no_shorter(attempt in 1..u32::MAX, base: Duration, multiplier in 1.0..100.0) {
        let strategy = BackoffStrategy::Exponential { base, multiplier, max: Duration::MAX };
        prop_assert!(strategy.wait(attempt, 0) <= strategy.wait(attempt + 1, 0));
    }
}
