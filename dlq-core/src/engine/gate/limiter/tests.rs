//! Never more than the rate allows, never less, and whoever waits as told is served.

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn permits(permits: u32) -> NonZeroU32 {
    NonZeroU32::new(permits).unwrap()
}

fn per_second(rate: u32) -> Rate {
    Rate::per_second(permits(rate))
}

/// What somebody does after so many nanoseconds.
#[derive(Clone, Copy, Debug)]
enum Act {
    Acquire(u32),
    SetRate(u32),
}

fn acts() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let act = prop_oneof![9 => (0..15_u32).prop_map(Act::Acquire), 1 => (1..2000_u32).prop_map(Act::SetRate)];
    prop::collection::vec((0..20_000_000_u64, act), 1..120)
}

/// What a limiter granted, and what its rate was then.
#[derive(Clone, Copy, Debug)]
struct Grant {
    at: u64,
    permits: u32,
    /// What the rate had allowed since the beginning, in billionths of a permit.
    allowed: u128,
    rate: u32,
}

fn grants(limiter: &mut dyn Limiter, begin: Instant, mut rate: u32, acts: &[(u64, Act)]) -> Vec<Grant> {
    let (mut at, mut allowed, mut grants) = (0, 0, Vec::new());
    for (later, act) in acts {
        at += later;
        allowed += u128::from(*later) * u128::from(rate);
        let now = begin + Duration::from_nanos(at);
        match *act {
            Act::SetRate(new) => {
                limiter.set_rate(per_second(new), now).unwrap();
                rate = new;
            }
            Act::Acquire(permits) => {
                if limiter.try_acquire(permits, now).is_ok() {
                    grants.push(Grant { at, permits, allowed, rate });
                }
            }
        }
    }
    grants
}

fn sum(grants: &[Grant]) -> u128 {
    grants.iter().map(|grant| u128::from(grant.permits)).sum()
}

proptest! {
    #[test]
    fn a_bucket_lets_through_a_burst_and_its_rate_and_never_more(
        rate in 1..2000_u32, burst in 1..20_u32, acts in acts(),
    ) {
        let begin = Instant::now();
        let mut bucket = TokenBucket::new(per_second(rate), permits(burst), begin).unwrap();
        let grants = grants(&mut bucket, begin, rate, &acts);
        for from in 0..grants.len() {
            for to in from..grants.len() {
                let span = &grants[from..=to];
                let largest = span.iter().map(|grant| grant.permits).max().unwrap_or(0).max(burst);
                let allowed = grants[to].allowed - grants[from].allowed + u128::from(largest) * 1_000_000_000;
                prop_assert!(sum(span) * 1_000_000_000 <= allowed, "{span:?}");
            }
        }
    }

    #[test]
    fn a_window_never_holds_more_than_its_rate(rate in 1..20_u32, acts in acts()) {
        let begin = Instant::now();
        let acts: Vec<_> = acts
            .into_iter()
            .map(|(later, act)| match act {
                Act::SetRate(rate) => (later * 4, Act::SetRate(1 + rate % 20)),
                acquire @ Act::Acquire(_) => (later * 4, acquire),
            })
            .collect();
        let grants = grants(&mut SlidingWindow::new(per_second(rate)).unwrap(), begin, rate, &acts);
        for (last, grant) in grants.iter().enumerate() {
            let within = |earlier: &&Grant| earlier.permits > 0 && earlier.at + 1_000_000_000 > grant.at;
            let window: Vec<_> = grants[..=last].iter().filter(within).copied().collect();
            let alone = window.len() == 1;
            prop_assert!(grant.permits == 0 || alone || sum(&window) <= u128::from(grant.rate), "{window:?}");
        }
    }

    #[test]
    fn whoever_waits_as_told_is_served_and_not_before(
        window: bool, rate in 1..50_u32, first in 1..60_u32, second in 1..60_u32,
    ) {
        let begin = Instant::now();
        let mut limiter: Box<dyn Limiter> = if window {
            Box::new(SlidingWindow::new(per_second(rate)).unwrap())
        } else {
            Box::new(TokenBucket::new(per_second(rate), permits(rate), begin).unwrap())
        };
        prop_assert!(limiter.try_acquire(first, begin).is_ok(), "the first always passes");
        if let Err(Throttled { wait }) = limiter.try_acquire(second, begin) {
            prop_assert!(limiter.try_acquire(second, begin + wait - Duration::from_nanos(1)).is_err());
            prop_assert!(limiter.try_acquire(second, begin + wait).is_ok());
        }
    }
}

#[test]
fn no_fraction_is_ever_lost() {
    let begin = Instant::now();
    let mut bucket = TokenBucket::new(per_second(7), permits(7), begin).unwrap();
    let asked = (0..1_000_000_u64).map(|round| begin + Duration::from_nanos(round * 1_000_003));
    let served = asked.filter(|now| bucket.try_acquire(1, *now).is_ok()).count();
    assert_eq!(served, 7 + 7 * 1000, "1000 seconds and a little");
}

#[test]
fn a_new_rate_neither_gives_nor_takes() {
    let begin = Instant::now();
    let mut bucket = TokenBucket::new(per_second(10), permits(10), begin).unwrap();
    assert!(bucket.try_acquire(10, begin).is_ok());
    let half = begin + SECOND / 2;
    let slow = Rate { permits: permits(6), per: Duration::from_secs(60) };
    bucket.set_rate(slow, half).unwrap();
    assert!(bucket.try_acquire(5, half).is_ok(), "what the old rate had saved");
    assert_eq!(bucket.try_acquire(1, half), Err(Throttled { wait: 10 * SECOND }));
}

#[test]
fn more_than_it_ever_holds_passes_alone_and_is_paid_for_afterwards() {
    let begin = Instant::now();
    let mut bucket = TokenBucket::new(per_second(10), permits(10), begin).unwrap();
    assert!(bucket.try_acquire(30, begin).is_ok());
    assert_eq!(bucket.try_acquire(1, begin), Err(Throttled { wait: SECOND * 21 / 10 }));
    assert!(bucket.try_acquire(0, begin).is_ok());
    let mut window = SlidingWindow::new(per_second(10)).unwrap();
    assert!(window.try_acquire(30, begin).is_ok());
    assert_eq!(window.try_acquire(1, begin), Err(Throttled { wait: SECOND }));
}

#[test]
fn time_that_goes_back_earns_nothing() {
    let begin = Instant::now();
    let mut bucket = TokenBucket::new(per_second(1), permits(1), begin + SECOND).unwrap();
    assert!(bucket.try_acquire(1, begin).is_ok());
    assert!(bucket.try_acquire(1, begin + SECOND).is_err());
    let mut window = SlidingWindow::new(per_second(2)).unwrap();
    assert!(window.try_acquire(1, begin + SECOND).is_ok());
    assert!(window.try_acquire(1, begin).is_ok(), "it counts as taken a second later");
    assert_eq!(window.try_acquire(2, begin + SECOND), Err(Throttled { wait: SECOND }));
    assert!(window.try_acquire(2, begin + 2 * SECOND).is_ok());
}

#[test]
fn what_was_taken_close_together_leaves_the_window_together() {
    let (begin, little) = (Instant::now(), Duration::from_millis(10));
    let mut window = SlidingWindow::new(per_second(2)).unwrap();
    assert!(window.try_acquire(1, begin).is_ok() && window.try_acquire(1, begin + little).is_ok());
    assert_eq!(window.try_acquire(1, begin + SECOND), Err(Throttled { wait: little }));
    assert!(window.try_acquire(2, begin + SECOND + little).is_ok());
}

#[test]
fn rates_that_make_no_sense_are_refused_by_name() {
    let never = Rate { permits: permits(1), per: Duration::ZERO };
    let refused = SlidingWindow::new(never).unwrap_err();
    assert_eq!(refused.to_string(), "rate.per = 0ns: allowed: more than nothing, at most a day");
    let mut bucket = TokenBucket::new(per_second(1), permits(1), Instant::now()).unwrap();
    assert!(bucket.set_rate(never, Instant::now()).is_err());
}
