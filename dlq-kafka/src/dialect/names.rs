//! [`Names`]: topics and consumer groups, each made once and then shared.

use dlq_core::record::{Name, TopicName};
use foldhash::{HashMap, HashMapExt};

use super::warnings::Excerpt;

/// How many names of a kind are remembered. A cluster's names fit; an attacker's do not fill the memory.
const COUNT_MAX: usize = 1024;
/// Longer names are made anew each time.
const BYTES_MAX: usize = 256;

/// The topics and consumer groups that letters named.
#[derive(Debug, Default)]
pub(super) struct Names {
    topics: Remembered<TopicName>,
    groups: Remembered<Name>,
    connect_groups: Remembered<Name>,
}

impl Names {
    /// The topic of this name.
    ///
    /// # Errors
    /// The complaint, where Kafka would not take the name.
    pub(super) fn topic(&mut self, name: &[u8]) -> Result<TopicName, String> {
        self.topics.recall(name, |text| TopicName::new(text).map_err(|illegal| illegal.to_string()))
    }

    /// The consumer group of this name.
    ///
    /// # Errors
    /// The complaint, where the name is empty or not UTF-8.
    pub(super) fn group(&mut self, name: &[u8]) -> Result<Name, String> {
        self.groups.recall(name, |text| Ok(text.into()))
    }

    /// The consumer group that Kafka Connect gives to the connector of this name, unless told otherwise.
    ///
    /// # Errors
    /// The complaint, where the name is empty or not UTF-8.
    pub(super) fn connect_group(&mut self, connector: &[u8]) -> Result<Name, String> {
        self.connect_groups.recall(connector, |text| Ok(format!("connect-{text}").into()))
    }
}

/// What was made of a name before.
#[derive(Debug)]
pub(super) struct Remembered<T>(HashMap<Box<[u8]>, T>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone> Remembered<T> {
    /// What `make` makes of the name, or once made.
    ///
    /// # Errors
    /// What `make` answers, or that the name is empty or not UTF-8.
    pub(super) fn recall(
        &mut self,
        name: &[u8],
        make: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, String> {
        if let Some(known) = self.0.get(name) {
            return Ok(known.clone());
        }
        let text = std::str::from_utf8(name).ok().filter(|text| !text.is_empty());
        let made = make(text.ok_or_else(|| format!("{} where a name was expected", Excerpt(name)))?)?;
        if name.len() <= BYTES_MAX {
            self.remember(name, made.clone());
        }
        Ok(made)
    }

    /// Forgets everything when full: whoever is still needed comes back soon.
    fn remember(&mut self, name: &[u8], made: T) {
        if self.0.len() >= COUNT_MAX {
            self.0.clear();
        }
        self.0.insert(name.into(), made);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_once() {
        let mut names = Names::default();
        let first = names.group(b"billing").unwrap();
        assert!(first.is_shared_with(&names.group(b"billing").unwrap()));
        assert_eq!(&*names.connect_group(b"billing").unwrap(), "connect-billing");
    }

    #[test]
    fn what_is_no_name_is_refused_every_time() {
        let mut names = Names::default();
        for _ in 0..2 {
            assert!(names.topic(b"a b").unwrap_err().starts_with("topic \"a b\": 1 to 249 of"));
            assert_eq!(names.group(b"\xFF").unwrap_err(), "\"\u{FFFD}\" where a name was expected");
            assert_eq!(names.topic(b"").unwrap_err(), "\"\" where a name was expected");
        }
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut names = Names::default();
        for n in 0..3 * COUNT_MAX {
            names.group(n.to_string().as_bytes()).unwrap();
        }
        names.group(&[b'x'; 10_000]).unwrap();
        assert!(names.groups.0.len() <= COUNT_MAX);
        assert!(names.groups.0.keys().all(|name| name.len() <= BYTES_MAX));
    }
}
