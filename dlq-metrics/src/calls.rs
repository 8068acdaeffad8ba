//! [`Calls`]: how the storage answers, call by call.

use std::time::Duration;

use metrics::{Counter, Histogram};

use crate::bounded::{Bounded, OTHER};
use crate::name::Metric;
use crate::register::Register;

/// How many methods have a name of their own: more than the contract has.
const OPERATIONS_MAX: usize = 40;
/// How many kinds of error, over all methods.
const ERRORS_MAX: usize = 200;

/// Calls of the storage, by method and by kind of error.
#[derive(Debug)]
pub(crate) struct Calls {
    register: Register,
    took: Bounded<String, Histogram>,
    errors: Bounded<(&'static str, &'static str), Counter>,
}

impl Calls {
    pub(crate) fn new(register: &Register) -> Self {
        let (took, errors) = (Bounded::new(OPERATIONS_MAX), Bounded::new(ERRORS_MAX));
        Self { register: register.clone(), took, errors }
    }

    pub(crate) fn asked(&self, operation: &'static str, took: Duration, error: Option<&'static str>) {
        let make = |named: Option<&str>| {
            self.register.histogram(Metric::StorageCallDuration, &[named.unwrap_or(OTHER)])
        };
        self.took.handle(operation, make).record(took);
        if let Some(kind) = error {
            let make = |named: Option<&(&str, &str)>| {
                let (operation, kind) = named.copied().unwrap_or((OTHER, OTHER));
                self.register.counter(Metric::StorageCallErrors, &[operation, kind])
            };
            self.errors.handle(&(operation, kind), make).increment(1);
        }
    }
}
