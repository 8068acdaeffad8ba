//! The breaker beside a naive twin, and what a reader should know of it.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const OPEN_FOR: Duration = Duration::from_secs(5);

fn breaker(trip_on: TripOn, probes: u32) -> CircuitBreaker {
    CircuitBreaker::new(BreakerConfig { trip_on, open_for: OPEN_FOR, probes }).unwrap()
}

/// A breaker that was tripped just now.
fn tripped(probes: u32, now: Instant) -> CircuitBreaker {
    let breaker = breaker(TripOn::ConsecutiveFailures(1), probes);
    breaker.begin(now).unwrap().failed(now);
    assert_eq!(breaker.begin(now).unwrap_err().until, Some(now + OPEN_FOR));
    breaker
}

#[test]
fn probes_are_limited_and_all_must_succeed() {
    let begin = Instant::now();
    let breaker = tripped(2, begin);
    let later = begin + OPEN_FOR;
    let (first, second) = (breaker.begin(later).unwrap(), breaker.begin(later).unwrap());
    assert_eq!(breaker.begin(later).unwrap_err().until, None, "as many as may are out");
    first.succeeded(later);
    assert_eq!(breaker.phase(), BreakerPhase::HalfOpen);
    assert!(breaker.begin(later).is_err(), "the second decides");
    second.succeeded(later);
    assert_eq!(breaker.phase(), BreakerPhase::Closed);
}

#[test]
fn a_probe_that_is_dropped_gives_its_place_back() {
    let begin = Instant::now();
    let breaker = tripped(1, begin);
    let later = begin + OPEN_FOR;
    drop(breaker.begin(later).unwrap());
    let again = breaker.begin(later).unwrap();
    again.failed(later);
    assert_eq!(breaker.begin(later).unwrap_err().until, Some(later + OPEN_FOR));
}

#[test]
fn late_news_neither_closes_nor_opens_it() {
    let begin = Instant::now();
    let breaker = breaker(TripOn::ConsecutiveFailures(1), 1);
    let (early, other) = (breaker.begin(begin).unwrap(), breaker.begin(begin).unwrap());
    breaker.begin(begin).unwrap().failed(begin);
    early.succeeded(begin);
    assert_eq!(breaker.phase(), BreakerPhase::Open);
    let later = begin + OPEN_FOR;
    breaker.begin(later).unwrap().succeeded(later);
    other.failed(later);
    assert_eq!(breaker.phase(), BreakerPhase::Closed);
}

#[test]
fn a_person_may_open_and_close_it() {
    let begin = Instant::now();
    let breaker = breaker(TripOn::ConsecutiveFailures(3), 1);
    breaker.trip(begin);
    assert!(breaker.begin(begin).is_err());
    breaker.close();
    assert!(breaker.begin(begin).is_ok());
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    let refusal = |config: BreakerConfig| CircuitBreaker::new(config).unwrap_err().to_string();
    let with = BreakerConfig::default();
    assert_eq!(refusal(BreakerConfig { probes: 0, ..with }), "breaker.probes = 0: allowed: 1 to 100000");
    let window = BreakerWindow::Calls(5);
    let trip_on = TripOn::FailureRate { rate: 0.5, window, calls_min: 6 };
    assert_eq!(
        refusal(BreakerConfig { trip_on, ..with }),
        "breaker.calls_min = 6: allowed: 1 or more, and no more than the window holds"
    );
    let trip_on = TripOn::FailureRate { rate: 0.0, window, calls_min: 1 };
    assert!(refusal(BreakerConfig { trip_on, ..with }).starts_with("breaker.failure_rate = 0.0"));
}

/// Remembers everything and looks at all of it each time.
struct Twin {
    config: BreakerConfig,
    /// When it was tripped, if it was and has not closed since.
    tripped: Option<Duration>,
    /// What ended since it last closed: when, and whether it failed.
    ended: Vec<(Duration, bool)>,
    /// Probes: what became of each, if anything did. Empty unless half-open.
    probes: Vec<Option<bool>>,
    era: usize,
}

impl Twin {
    fn new(config: BreakerConfig) -> Self {
        Self { config, tripped: None, ended: Vec::new(), probes: Vec::new(), era: 0 }
    }

    fn begin(&mut self, now: Duration) -> Option<usize> {
        if let Some(tripped) = self.tripped {
            if now < tripped + self.config.open_for || self.probes.len() >= self.config.probes as usize {
                return None;
            }
            self.probes.push(None);
        }
        Some(self.era)
    }

    fn end(&mut self, era: usize, now: Duration, failed: Option<bool>) {
        if era != self.era {
            return;
        }
        if self.tripped.is_some() {
            self.end_probe(now, failed);
        } else if let Some(failed) = failed {
            self.ended.push((now, failed));
            if failed && self.too_many(now) {
                self.trip(now);
            }
        }
    }

    fn end_probe(&mut self, now: Duration, failed: Option<bool>) {
        let out = self.probes.iter().position(Option::is_none).unwrap();
        match failed {
            None => drop(self.probes.remove(out)),
            Some(true) => self.trip(now),
            Some(false) => self.probes[out] = Some(false),
        }
        if self.probes.iter().flatten().count() == self.config.probes as usize {
            *self = Self { era: self.era + 1, ..Self::new(self.config) };
        }
    }

    fn trip(&mut self, now: Duration) {
        *self = Self { era: self.era + 1, tripped: Some(now), ..Self::new(self.config) };
    }

    fn too_many(&self, now: Duration) -> bool {
        let (rate, window, calls_min) = match self.config.trip_on {
            TripOn::ConsecutiveFailures(most) => {
                let row = self.ended.iter().rev().take_while(|(_, failed)| *failed).count();
                return row >= most as usize;
            }
            TripOn::FailureRate { rate, window, calls_min } => (rate, window, calls_min),
        };
        let skipped = match window {
            BreakerWindow::Calls(last) => self.ended.len().saturating_sub(last as usize),
            BreakerWindow::Time(span) => {
                let origin = self.ended[0].0;
                let step = |at: Duration| (at - origin).as_nanos() / (span / 10).as_nanos();
                self.ended.iter().filter(|(at, _)| step(*at) + 10 <= step(now)).count()
            }
        };
        let looked_at = &self.ended[skipped..];
        let failures = looked_at.iter().filter(|(_, failed)| *failed).count();
        looked_at.len() >= calls_min as usize && failures as f64 >= rate * looked_at.len() as f64
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Begin,
    /// Of those that are under way, this one ends.
    End(prop::sample::Index, Option<bool>),
    Pass(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let outcome = prop_oneof![4 => Just(Some(true)), 4 => Just(Some(false)), 1 => Just(None)];
    let act = prop_oneof![
        4 => Just(Act::Begin),
        4 => (any::<prop::sample::Index>(), outcome).prop_map(|(which, outcome)| Act::End(which, outcome)),
        2 => (0..3000_u64).prop_map(Act::Pass),
    ];
    prop::collection::vec(act, 1..300)
}

fn trip_on() -> impl Strategy<Value = TripOn> {
    let window = prop_oneof![
        (5..30_u32).prop_map(BreakerWindow::Calls),
        (1..20_u64).prop_map(|seconds| BreakerWindow::Time(Duration::from_secs(seconds)))
    ];
    prop_oneof![
        (1..5_u32).prop_map(TripOn::ConsecutiveFailures),
        (0.2..=1.0, window, 1..5_u32).prop_map(|(rate, window, calls_min)| TripOn::FailureRate {
            rate,
            window,
            calls_min
        })
    ]
}

proptest! {
    #[test]
    fn it_answers_as_its_naive_twin(trip_on in trip_on(), probes in 1..4_u32, acts in acts()) {
        let config = BreakerConfig { trip_on, open_for: OPEN_FOR, probes };
        let (breaker, mut twin) = (CircuitBreaker::new(config).unwrap(), Twin::new(config));
        let (begin, mut now) = (Instant::now(), Duration::ZERO);
        let mut under_way = Vec::new();
        for act in acts {
            match act {
                Act::Pass(millis) => now += Duration::from_millis(millis),
                Act::Begin => {
                    let (ours, twins) = (breaker.begin(begin + now), twin.begin(now));
                    prop_assert_eq!(ours.is_ok(), twins.is_some());
                    under_way.extend(ours.ok().zip(twins));
                }
                Act::End(which, outcome) if !under_way.is_empty() => {
                    let (call, era) = under_way.swap_remove(which.index(under_way.len()));
                    match outcome {
                        Some(true) => call.failed(begin + now),
                        Some(false) => call.succeeded(begin + now),
                        None => drop(call),
                    }
                    twin.end(era, now, outcome);
                }
                Act::End(..) => {}
            }
        }
    }
}
