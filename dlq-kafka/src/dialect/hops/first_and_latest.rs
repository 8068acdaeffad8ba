//! [`FirstAndLatest`]: a list that does not grow too long.

use super::STOPS_MAX;

/// A list that keeps its first and its latest items when it grows too long.
#[derive(Debug)]
pub(super) struct FirstAndLatest<T> {
    pub(super) kept: Vec<T>,
    left_out: usize,
}

impl<T> Default for FirstAndLatest<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), left_out: 0 }
    }
}

impl<T> FirstAndLatest<T> {
    /// The item added last.
    pub(super) fn latest(&self) -> Option<&T> {
        self.kept.last()
    }

    /// The latest item; a new one if there is none, or if `another` is wanted.
    pub(super) fn current(&mut self, another: bool, new: impl FnOnce() -> T) -> &mut T {
        if self.kept.len() == STOPS_MAX && another {
            self.kept.remove(1);
            self.left_out += 1;
        }
        if another || self.kept.is_empty() {
            self.kept.push(new());
        }
        let latest = self.kept.len() - 1;
        &mut self.kept[latest]
    }

    /// How many were told in all.
    pub(super) fn told(&self) -> usize {
        self.kept.len() + self.left_out
    }
}
