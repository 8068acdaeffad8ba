//! [`Dice`]: chance that can be repeated.

/// Throws that follow from a seed and a number alone: the same on every machine and in every run.
///
/// This is [SplitMix64](https://prng.di.unimi.it/splitmix64.c): good enough to look like chance, and no secret.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of the message `n` under a seed.
    #[must_use]
    pub const fn of(seed: u64, n: u64) -> Self {
        Self(mixed(seed).wrapping_add(n))
    }

    /// A number from 0 to below `sides`; 0 where there is no side.
    pub fn throw(&mut self, sides: u64) -> u64 {
        self.0 = mixed(self.0);
        self.0.checked_rem(sides).unwrap_or(0)
    }
}

const fn mixed(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_follow_from_seed_and_number_and_are_spread() {
        let throws = |seed, n| [(); 4].map(|()| Dice::of(seed, n).throw(1000));
        assert_eq!(throws(1, 2), throws(1, 2));
        assert_ne!(throws(1, 2), throws(2, 1));
        let mut counts = [0_u32; 10];
        (0..10_000).for_each(|n| counts[usize::try_from(Dice::of(7, n).throw(10)).unwrap()] += 1);
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_eq!(Dice::of(1, 1).throw(0), 0);
    }
}
