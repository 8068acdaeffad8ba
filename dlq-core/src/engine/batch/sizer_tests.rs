//! The sizer before simulated sinks: whatever a batch costs, it settles, and it does not swing.

use proptest::prelude::*;

use super::*;

const TARGET: Duration = Duration::from_millis(10);
const MAX: usize = 5_000;
const ADAPTIVE: BatchSizing = BatchSizing::Adaptive { min: 1, max: MAX, target: TARGET };

/// A sink that takes so long for each batch, and so long more for each item of it.
#[derive(Clone, Copy, Debug)]
struct Sink {
    batch: Duration,
    item: Duration,
}

impl Sink {
    fn cost(self, items: usize) -> Duration {
        self.batch + self.item * u32::try_from(items).unwrap()
    }

    /// The largest batch within the target, 0 if there is none.
    fn ideal(self) -> usize {
        (1..=MAX).rev().find(|items| self.cost(*items) <= TARGET).unwrap_or(0)
    }
}

/// Writes so many full batches; answers the sizes.
fn write(sizer: &mut Sizer, batches: usize, cost: impl Fn(usize, usize) -> Duration) -> Vec<usize> {
    let one = |batch| {
        let size = sizer.size();
        sizer.observe(size, cost(batch, size));
        size
    };
    (0..batches).map(one).collect()
}

/// More than enough batches to get from anywhere to anywhere.
const MANY: usize = 500;

/// For each batch up to nine tenths of the target, for each item up to a fifth of it.
fn sinks() -> impl Strategy<Value = Sink> {
    (0_u64..9_000, 500_u64..2_000_000).prop_map(|(micros, nanos)| Sink {
        batch: Duration::from_micros(micros),
        item: Duration::from_nanos(nanos),
    })
}

proptest! {
    #[test]
    fn a_steady_sink_finds_a_steady_size_near_its_best(sink in sinks()) {
        let mut sizer = Sizer::new(ADAPTIVE);
        write(&mut sizer, MANY, |_, items| sink.cost(items));
        let sizes = write(&mut sizer, MANY, |_, items| sink.cost(items));
        let (least, most) = (*sizes.iter().min().unwrap(), *sizes.iter().max().unwrap());
        prop_assert!(most - least <= 1.max(least / 8), "swings between {least} and {most}");
        let ideal = sink.ideal().max(1);
        prop_assert!(most <= ideal + 1.max(ideal / 8), "{most} is too much for {ideal}");
        let enough = most == MAX || sink.cost(most + 1 + most / 8) > TARGET * 3 / 4;
        prop_assert!(enough, "{most} is less than it could be: {ideal}");
    }

    #[test]
    fn noise_does_not_make_it_swing(sink in sinks(), noise in proptest::collection::vec(80_u32..120, 64)) {
        let cost = |batch: usize, items| sink.cost(items) * noise[batch % noise.len()] / 100;
        let mut sizer = Sizer::new(ADAPTIVE);
        write(&mut sizer, MANY, cost);
        for pair in write(&mut sizer, MANY, cost).windows(2) {
            let fell = pair[0].saturating_sub(pair[1]);
            prop_assert!(fell <= 1 + pair[0] / 3, "fell from {} to {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn it_stays_within_its_bounds(
        costs in proptest::collection::vec(0_u64..50_000_000, 1..300), min in 1_usize..50, more in 0_usize..500,
    ) {
        let mut sizer = Sizer::new(BatchSizing::Adaptive { min, max: min + more, target: TARGET });
        let sizes = write(&mut sizer, costs.len(), |batch, _| Duration::from_nanos(costs[batch]));
        prop_assert!(sizes.iter().all(|size| (min..=min + more).contains(size)));
    }

    #[test]
    fn two_slow_writes_of_a_round_change_nothing(sink in sinks(), first in 0_usize..5, second in 0_usize..5) {
        let mut sizer = Sizer::new(ADAPTIVE);
        write(&mut sizer, MANY, |_, items| sink.cost(items));
        let mut calm = sizer.clone();
        let expected = write(&mut calm, 20, |_, items| sink.cost(items));
        let resting = expected.windows(2).all(|pair| pair[0] == pair[1]);
        prop_assume!(resting);
        let slow = Duration::from_secs(60);
        let stalls = |batch, items| if [first, second].contains(&batch) { slow } else { sink.cost(items) };
        prop_assert_eq!(write(&mut sizer, 20, stalls), expected);
    }
}

#[test]
fn a_sink_that_slows_down_gets_less_and_one_that_recovers_gets_it_back() {
    let quick = Sink { batch: Duration::from_millis(1), item: Duration::from_micros(4) };
    let slow = Sink { batch: Duration::from_millis(2), item: Duration::from_micros(40) };
    let mut sizer = Sizer::new(ADAPTIVE);
    write(&mut sizer, MANY, |_, items| quick.cost(items));
    let before = sizer.size();
    write(&mut sizer, 10 * ROUND, |_, items| slow.cost(items));
    assert!(
        slow.cost(sizer.size()) <= TARGET,
        "within ten rounds it is where it should be: {}",
        sizer.size()
    );
    write(&mut sizer, MANY, |_, items| quick.cost(items));
    assert!(sizer.size() >= before * 7 / 8, "{} of {before}", sizer.size());
}

#[test]
fn no_change_takes_more_than_half() {
    let mut sizer = Sizer::new(ADAPTIVE);
    write(&mut sizer, MANY, |_, _| Duration::ZERO);
    let sizes = write(&mut sizer, MANY, |_, _| Duration::from_secs(60));
    assert!(sizes.windows(2).all(|pair| pair[1] >= pair[0].div_ceil(2)));
    assert_eq!(sizer.size(), 1);
}

#[test]
fn batches_that_are_not_full_teach_nothing() {
    let mut sizer = Sizer::new(BatchSizing::Adaptive { min: 8, max: 64, target: TARGET });
    (0..MANY).for_each(|_| sizer.observe(7, Duration::ZERO));
    assert_eq!(sizer.size(), 8);
}

#[test]
fn a_fixed_size_stays() {
    let mut sizer = Sizer::new(BatchSizing::Fixed(100));
    write(&mut sizer, MANY, |_, _| Duration::from_secs(60));
    assert_eq!(sizer.size(), 100);
}
