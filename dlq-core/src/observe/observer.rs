//! Listeners: one method, many of them, and none can hurt another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::DlqEvent;

/// Listens to what happens. It is called on the way, so it must be quick, and it may ignore what it does not know.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn on(&self, event: &DlqEvent<'_>);
}

impl<F: Fn(&DlqEvent<'_>) + Send + Sync> Observer for F {
    fn on(&self, event: &DlqEvent<'_>) {
        self(event);
    }
}

/// Tells every listener. One that panics hurts nobody else.
#[derive(Clone, Default)]
pub struct Observers(Vec<Arc<dyn Observer>>);

impl Observers {
    /// Adds a listener.
    #[must_use]
    pub fn with(mut self, observer: Arc<dyn Observer>) -> Self {
        self.0.push(observer);
        self
    }

    /// Tells every listener.
    pub fn tell(&self, event: &DlqEvent<'_>) {
        for observer in &self.0 {
            if catch_unwind(AssertUnwindSafe(|| observer.on(event))).is_err() {
                tracing::error!(?event, "a listener panicked; the others were told");
            }
        }
    }
}

impl std::fmt::Debug for Observers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Observers({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_listener_that_panics_hurts_nobody_else() {
        let heard = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&heard);
        let observers = Observers::default().with(Arc::new(|_: &DlqEvent<'_>| panic!("as a test"))).with(
            Arc::new(move |_: &DlqEvent<'_>| {
                counted.fetch_add(1, Ordering::SeqCst);
            }),
        );
        observers.tell(&DlqEvent::Paused);
        assert_eq!(heard.load(Ordering::SeqCst), 1);
    }
}
