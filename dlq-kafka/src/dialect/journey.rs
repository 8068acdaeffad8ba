//! [`Journey`]: the failures of a letter that several frameworks may have told of, in the order in which they happened.
//!
//! A framework appends to what others wrote before it, so what stands first happened first. SmallRye alone puts its
//! headers in front. Whether that was before or after the others wrote theirs shows only in the topics: who fails later
//! fails on the dead-letter topic of who failed before.

use std::cmp::Reverse;

use dlq_core::Timestamp;
use dlq_core::record::{CapturedFrom, Hop, KnownBy, Origin};

use super::hops::{STOPS_MAX, Stop, Told};
use super::naming;
use super::rule::Repeats;
use super::warnings::Warnings;

/// Where and how a letter failed on its way, first failure first.
#[derive(Debug)]
pub(super) struct Journey {
    stops: Vec<Stop>,
    known_by: KnownBy,
}

impl Journey {
    /// The journey that the dialects' stops tell of a letter found at `from`.
    pub(super) fn of(mut stops: Vec<Stop>, from: &CapturedFrom, warnings: &mut Warnings) -> Self {
        stops.sort_by_key(|stop| stop.at);
        if stops.iter().any(is_in_front) {
            stops = with_those_in_front(stops, from, warnings);
        }
        keep_timestamp(&mut stops, from.timestamp);
        Self { stops, known_by: KnownBy::Headers }
    }

    /// What was not read from headers.
    pub(super) fn guessed(stop: Stop) -> Self {
        Self { stops: vec![stop], known_by: KnownBy::Guess }
    }

    /// The stops.
    pub(super) fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// How it failed the last time.
    pub(super) fn failure(&self) -> Told {
        self.stops.last().map_or_else(Told::default, |stop| stop.failure)
    }

    /// Adds how it failed the last time, and how often it was tried, told apart from the place.
    pub(super) fn add_failure(&mut self, told: Vec<Stop>) {
        let Some(latest) = self.stops.last_mut() else {
            self.stops = told;
            return;
        };
        for Stop { failure, attempts, .. } in told {
            latest.failure = failure;
            latest.attempts = latest.attempts.or(attempts);
        }
    }

    /// How often it was tried, as the latest who counted says.
    pub(super) fn attempts(&self) -> Option<u32> {
        self.stops.iter().rev().find_map(|stop| stop.attempts)
    }

    /// Whether the first place is within an application: then nothing tells where the message came from.
    pub(super) fn begins_within(&self) -> bool {
        self.stops.iter().find(|stop| stop.hop.is_some()).is_some_and(|stop| stop.within)
    }

    /// Where it first failed, as headers say.
    pub(super) fn origin(&self) -> Origin {
        let first = self.stops.iter().find_map(|stop| stop.hop.as_ref()).filter(|_| !self.begins_within());
        first.map_or_else(Origin::default, |first| Origin {
            topic: first.topic.clone(),
            partition: first.partition,
            offset: first.offset,
            timestamp: first.timestamp,
            consumer_group: first.consumer_group.clone(),
            known_by: first.topic.is_some().then_some(self.known_by),
        })
    }

    /// The places, not too many.
    pub(super) fn into_hops(self, warnings: &mut Warnings) -> Vec<Hop> {
        let mut hops: Vec<_> = self.stops.into_iter().filter_map(|stop| stop.hop).collect();
        let told = hops.len();
        if told > STOPS_MAX {
            hops.drain(1..=told - STOPS_MAX);
            let latest = STOPS_MAX - 1;
            warnings.add(format_args!("{told} hops are told, the first and the latest {latest} are kept"));
        }
        hops
    }
}

fn is_in_front(stop: &Stop) -> bool {
    stop.dialect.repeats == Repeats::NewestFirst
}

/// Puts the stops that stand in front, the latest of them first, where they belong among the others.
fn with_those_in_front(stops: Vec<Stop>, from: &CapturedFrom, warnings: &mut Warnings) -> Vec<Stop> {
    let (mut in_front, mut behind): (Vec<_>, Vec<_>) = stops.into_iter().partition(is_in_front);
    in_front.sort_by_key(|stop| Reverse(stop.at));
    let later = behind.split_off(first_later(&in_front, &behind, from, warnings));
    behind.into_iter().chain(in_front).chain(later).collect()
}

/// From which stop on what stands behind happened after what stands in front.
fn first_later(in_front: &[Stop], behind: &[Stop], from: &CapturedFrom, warnings: &mut Warnings) -> usize {
    let (Some(latest_in_front), Some(latest_behind)) = (in_front.last(), behind.last()) else {
        return behind.len();
    };
    if let Some(first) = behind.iter().position(|stop| in_front.iter().any(|before| follows(stop, before))) {
        return first;
    }
    let is_last = in_front.iter().any(|stop| follows(stop, latest_behind))
        || topic(latest_in_front).is_some_and(|topic| naming::leads(from.source.topic.as_str(), topic));
    if !is_last {
        warnings.add(format_args!(
            "whether {} or {} failed first is not told: the former is taken for the latest, whose headers stand first",
            latest_in_front.dialect.name, latest_behind.dialect.name
        ));
    }
    behind.len()
}

/// Whether a stop is at the dead-letter topic of the one before, by its name.
fn follows(stop: &Stop, before: &Stop) -> bool {
    let named = topic(stop).zip(topic(before));
    named.is_some_and(|(dead_letters, topic)| naming::leads(dead_letters, topic))
}

fn topic(stop: &Stop) -> Option<&str> {
    stop.hop.as_ref()?.topic.as_ref().map(|topic| topic.as_str())
}

/// Tells the timestamp of a message that kept it on the way into the dead-letter topic: it is that of the dead letter,
/// which the next stop tells, or which `timestamp` is for the last; −1 is none.
fn keep_timestamp(stops: &mut [Stop], timestamp: Timestamp) {
    let mut dead_letters = Some(timestamp).filter(|&timestamp| timestamp >= Timestamp::from_millis(0));
    for stop in stops.iter_mut().rev() {
        let hop = stop.hop.as_mut();
        dead_letters = hop.and_then(|hop| {
            hop.timestamp = hop.timestamp.or(dead_letters.filter(|_| stop.dialect.keeps_timestamp));
            hop.timestamp
        });
    }
}
