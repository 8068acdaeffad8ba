//! [`Shared`]: one value for many holders, until one of them changes it.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that many may hold at the cost of one, and that each may change for itself: who changes what others hold gets
/// a copy first.
///
/// ```
/// use dlq_core::record::Shared;
///
/// let one = Shared::from(vec![1]);
/// let mut other = one.clone();
/// other.push(2);
/// assert_eq!((&*one, &*other), (&vec![1], &vec![1, 2]));
/// ```
#[derive(Default, PartialEq, Eq, Hash)]
pub struct Shared<T>(Arc<T>);

impl<T: Clone> Shared<T> {
    /// The value alone: taken out where nobody else holds it, copied where someone does.
    #[must_use]
    pub fn into_inner(self) -> T {
        Arc::unwrap_or_clone(self.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
