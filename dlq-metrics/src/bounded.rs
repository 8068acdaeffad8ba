//! [`Bounded`]: labels come from the outside world, and series cost memory for ever; so only the first few have a name.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{OnceLock, PoisonError, RwLock};

/// The label's value for whatever came too late to have a name of its own.
pub(crate) const OTHER: &str = "other";

/// Handles by label: the first `most` keys have one each, all that come later share one.
pub(crate) struct Bounded<K, H> {
    most: usize,
    named: RwLock<HashMap<K, H>>,
    other: OnceLock<H>,
}

impl<K: Eq + Hash, H: Clone> Bounded<K, H> {
    /// None has a name yet.
    #[must_use]
    pub(crate) fn new(most: usize) -> Self {
        Self { most, named: RwLock::default(), other: OnceLock::new() }
    }

    /// The handle of a key, made where there is none yet; of `None` where the key has no name of its own.
    pub(crate) fn handle<Q>(&self, key: &Q, make: impl FnOnce(Option<&Q>) -> H) -> H
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(handle) = self.named.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return handle.clone();
        }
        let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
        if named.len() < self.most || named.contains_key(key) {
            return named.entry(key.to_owned()).or_insert_with(|| make(Some(key))).clone();
        }
        drop(named);
        self.other.get_or_init(|| make(None)).clone()
    }

    /// Calls with every key that has a name, and its handle.
    pub(crate) fn each_named(&self, mut call: impl FnMut(&K, &H)) {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        named.iter().for_each(|(key, handle)| call(key, handle));
    }
}

impl<K, H> fmt::Debug for Bounded<K, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bounded({} at most)", self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_too_late_shares_the_name_other() {
        let labels = Bounded::<String, String>::new(2);
        let name = |key: &str| labels.handle(key, |named| named.unwrap_or(OTHER).to_owned());
        assert_eq!([name("a"), name("b"), name("c"), name("d"), name("a")], ["a", "b", OTHER, OTHER, "a"]);
    }
}
