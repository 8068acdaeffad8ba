//! [`Keys`]: where everything is kept. The keys are few and fixed; rows are fields in hashes and members in sorted sets, so
//! that nothing is ever searched for by name.

use dlq_storage_keyed::Space;

/// The keys of one store. Those of a shard carry one hash tag, so that a cluster keeps them together.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    meta: String,
    shards: Vec<Vec<String>>,
}

impl Keys {
    pub(crate) fn new(prefix: &str, shards: u32) -> Self {
        let named = |shard, name| format!("{{{prefix}:{shard}}}:{name}");
        let of_shard = |shard| Space::ALL.iter().map(|space| named(shard, space.as_str())).collect();
        Self { meta: named(0, "meta"), shards: (0..shards).map(of_shard).collect() }
    }

    /// The hash that tells which layout this is.
    pub(crate) fn meta(&self) -> &str {
        &self.meta
    }

    pub(crate) fn shards(&self) -> u32 {
        u32::try_from(self.shards.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn name(&self, shard: u32, space: Space) -> &str {
        &self.of_shard(shard)[usize::from(space.code())]
    }

    /// The keys of a shard, in the order in which scripts know them.
    pub(crate) fn of_shard(&self, shard: u32) -> &[String] {
        &self.shards[shard as usize]
    }
}

/// The place of a space among a script's keys, from 1.
pub(crate) const fn place(space: Space) -> u8 {
    space.code() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_know_the_keys_by_their_place() {
        let keys = Keys::new("dlq", 2);
        for space in Space::ALL {
            let known = &keys.of_shard(1)[usize::from(place(space)) - 1];
            assert_eq!(known, &format!("{{dlq:1}}:{}", space.as_str()));
            assert_eq!(known, keys.name(1, space));
        }
    }
}
