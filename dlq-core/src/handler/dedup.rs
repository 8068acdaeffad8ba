//! [`Dedup`]: a letter that is submitted again within a window keeps its first name.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::Xxh3;

use crate::record::{DlqRecord, Position, RecordId};

/// How long, and how many letters at most, are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DedupWindow {
    /// How long after its first submission a letter is known again.
    pub(super) within: Duration,
    /// How many letters are remembered at most; the oldest are forgotten first. About 100 bytes each.
    pub(super) letters_max: usize,
}

/// Remembers which letters were submitted.
///
/// A letter that comes again is not dropped: it takes the id under which it came first, and the storage finds that it is
/// there already, or stores it after all, should the first one have been lost on the way.
#[derive(Debug)]
pub(super) struct Dedup {
    window: DedupWindow,
    known: HashMap<u128, RecordId>,
    oldest_first: VecDeque<(Instant, u128)>,
}

impl Dedup {
    pub(super) fn new(window: DedupWindow) -> Self {
        Self { window, known: HashMap::new(), oldest_first: VecDeque::new() }
    }

    /// Gives a letter that is known the id under which it came first; answers whether it was.
    pub(super) fn recognise(&mut self, record: &mut DlqRecord, now: Instant) -> bool {
        self.forget(now);
        let letter = letter(record);
        if let Some(first) = self.known.get(&letter) {
            record.id = *first;
            return true;
        }
        self.known.insert(letter, record.id);
        self.oldest_first.push_back((now, letter));
        false
    }

    fn forget(&mut self, now: Instant) {
        while let Some(&(since, letter)) = self.oldest_first.front() {
            let full = self.oldest_first.len() >= self.window.letters_max.max(1);
            if !full && now.saturating_duration_since(since) < self.window.within {
                return;
            }
            self.oldest_first.pop_front();
            self.known.remove(&letter);
        }
    }
}

/// What makes two submissions the same letter: where the message stands, or, where that is not told, all that was
/// submitted.
fn letter(record: &DlqRecord) -> u128 {
    let mut hash = Xxh3::new();
    match record.captured.origin.position() {
        Some(Position { topic, partition, offset }) => {
            hash.update(topic.as_str().as_bytes());
            hash.update(&partition.to_le_bytes());
            hash.update(&offset.to_le_bytes());
        }
        None => hash.update(record.captured.content.as_ref().map_or(&[], |content| content.block())),
    }
    if let Some(group) = &record.captured.origin.consumer_group {
        hash.update(group.as_bytes());
    }
    hash.digest128()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::record::TopicName;

    const WINDOW: DedupWindow = DedupWindow { within: Duration::from_secs(60), letters_max: 3 };

    fn letter_at(offset: i64) -> DlqRecord {
        let topic = TopicName::new("orders").unwrap();
        DlqRecord::builder().origin(topic, 0, offset).build(Timestamp::default()).unwrap()
    }

    fn payload(payload: &str) -> DlqRecord {
        DlqRecord::builder().payload(payload).build(Timestamp::default()).unwrap()
    }

    #[test]
    fn a_letter_that_comes_again_keeps_its_first_name() {
        let (mut dedup, now) = (Dedup::new(WINDOW), Instant::now());
        for make in [|| letter_at(1), || payload("a")] {
            let (mut first, mut again) = (make(), make());
            assert_ne!(first.id, again.id);
            assert!(!dedup.recognise(&mut first, now) && dedup.recognise(&mut again, now));
            assert_eq!(first.id, again.id);
        }
        assert!(!dedup.recognise(&mut payload("b"), now));
    }

    #[test]
    fn a_consumer_group_of_its_own_makes_it_another_letter() {
        let of = |group| {
            let topic = TopicName::new("orders").unwrap();
            let letter = DlqRecord::builder().origin(topic, 0, 1).consumer_group(group);
            letter.build(Timestamp::default()).unwrap()
        };
        let (mut dedup, now) = (Dedup::new(WINDOW), Instant::now());
        assert!(!dedup.recognise(&mut of("billing"), now) && !dedup.recognise(&mut of("mail"), now));
        assert!(dedup.recognise(&mut of("mail"), now));
    }

    #[test]
    fn what_is_older_than_the_window_or_too_much_is_forgotten() {
        let (mut dedup, begin) = (Dedup::new(WINDOW), Instant::now());
        let mut is_known =
            |offset, second| dedup.recognise(&mut letter_at(offset), begin + Duration::from_secs(second));
        assert_eq!([is_known(1, 0), is_known(1, 59), is_known(1, 60)], [false, true, false]);
        assert_eq!([is_known(2, 61), is_known(3, 61), is_known(4, 61)], [false; 3]);
        assert_eq!([is_known(4, 62), is_known(1, 62)], [true, false], "three are remembered at most");
    }
}
