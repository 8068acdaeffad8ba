//! [`Admission`]: whether a record may come in, and the one place where its submitter waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::pulse::Pulse;
use crate::engine::gate::{
    Budget, CpuMeter, Gate, Limiter, Permit, Pressure, Rate, Rule, Turnstile, Verdict, Wait,
};
use crate::invalid::Invalid;

/// Lets records in: by the strategy for when more comes than is done, by the rate, and by whether the storage answers.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) gate: Gate,
    pub(super) limiter: Option<Mutex<Box<dyn Limiter>>>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) cpu: CpuMeter,
    pub(super) places: Budget,
    pub(super) bytes: Budget,
    pub(super) turnstile: Turnstile,
    pub(super) closed: AtomicBool,
}

/// A record's place: given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _bytes: Permit,
    // Given back last: it wakes those who wait.
    _place: Permit,
}

/// Why a record may not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// By this rule.
    By(Rule),
    /// Nothing comes in any more.
    Closed,
}

impl Admission {
    /// Waits until a record of so many bytes may come in, or may not. Where what has waited longest is to make room,
    /// `drop_oldest` does it, and answers whether there was anything.
    pub(super) async fn admit(
        &self,
        bytes: usize,
        drop_oldest: impl Fn(Rule) -> bool,
    ) -> Result<Place, Denied> {
        self.turnstile.pass(|| self.ask(bytes, &drop_oldest)).await
    }

    /// As [`admit`](Self::admit), without waiting: `None` where there is something to wait for.
    pub(super) fn admit_now(
        &self,
        bytes: usize,
        drop_oldest: &impl Fn(Rule) -> bool,
    ) -> Option<Result<Place, Denied>> {
        self.ask(bytes, drop_oldest).ok()
    }

    /// How many are let in and not done.
    pub(super) fn pending(&self) -> u64 {
        self.places.used() as u64
    }

    pub(super) fn set_rate(&self, rate: Rate) -> Result<(), Invalid> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let set = limiter.lock().unwrap_or_else(PoisonError::into_inner).set_rate(rate, Instant::now());
        self.turnstile.given_back();
        set
    }

    /// Nothing comes in any more, and nobody waits.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.turnstile.given_back();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn ask(&self, bytes: usize, drop_oldest: &impl Fn(Rule) -> bool) -> Result<Result<Place, Denied>, Wait> {
        loop {
            if self.is_closed() {
                return Ok(Err(Denied::Closed));
            }
            let now = Instant::now();
            // While nothing is pending nobody else would find out that the storage is back.
            if self.pulse.is_open() && self.places.used() > 0 {
                return Ok(Err(Denied::By(Rule::Breaker)));
            }
            match self.gate.check(&self.pressure(bytes, now)) {
                Verdict::Pass => {
                    self.throttle(now)?;
                    if let Some(place) = self.take(bytes) {
                        return Ok(Ok(place));
                    }
                    // Somebody was quicker: now it is full, and the gate says what that means.
                }
                Verdict::Refuse { rule } => return Ok(Err(Denied::By(rule))),
                Verdict::Wait { wait, .. } => return Err(wait),
                Verdict::DropOldest { rule } if drop_oldest(rule) => {}
                // All that is pending is being written: some of it will be done soon.
                Verdict::DropOldest { .. } => return Err(Wait::UNTIL_GIVEN_BACK),
            }
        }
    }

    fn take(&self, bytes: usize) -> Option<Place> {
        let place = self.places.take(1)?;
        let bytes = self.bytes.take(bytes)?;
        Some(Place { _bytes: bytes, _place: place })
    }

    fn throttle(&self, now: Instant) -> Result<(), Wait> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.try_acquire(1, now).map_err(Wait::from)
    }

    /// How much there is to do, and how well it goes. Where a record does not fit beside the others, all bytes are taken.
    fn pressure(&self, bytes: usize, now: Instant) -> Pressure {
        let (used, limit) = (self.bytes.used(), self.bytes.limit());
        let fits = used == 0 || used.saturating_add(bytes) <= limit;
        Pressure {
            pending: self.places.used(),
            capacity: self.places.limit(),
            bytes: if fits { used } else { limit.max(used) },
            bytes_max: Some(limit),
            cpu: self.cpu.share(now),
            error_rate: self.pulse.error_rate(),
            store_latency: self.pulse.latency(),
        }
    }
}
