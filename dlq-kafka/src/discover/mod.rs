//! Finding dead-letter topics: by what they are called, or by what stands on their letters.

mod rule;
mod sample;
mod watch;

pub use rule::{Discovery, InvalidRule, TopicPattern};

pub(crate) use watch::watch;

use std::fmt;

use dlq_core::TopicName;
use dlq_core::record::DialectName;
use rdkafka::consumer::Consumer;

use crate::client::ClientProperties;
use crate::dialect::is_dead_letters;
use crate::error::SourceError;
use crate::scan::{SILENCE, Scan};

/// A dead-letter topic that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The topic.
    pub topic: TopicName,
    /// How it was known.
    pub why: Why,
}

/// How a dead-letter topic was known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its name is such as frameworks and people give to dead-letter topics.
    Name,
    /// This dialect stands on every one of its latest letters.
    Headers(DialectName),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("by its name"),
            Self::Headers(dialect) => write!(f, "its latest letters are {dialect}"),
        }
    }
}

/// Looks once for dead-letter topics in a cluster. Blocks.
///
/// # Errors
/// The cluster does not answer.
pub fn find(
    brokers: &str,
    properties: &ClientProperties,
    discovery: &Discovery,
) -> Result<Vec<Found>, SourceError> {
    let scan = Scan::connect(brokers, properties, "dlq-discover")?;
    find_new(&scan, discovery, |_| false)
}

/// The dead-letter topics that are not yet known.
fn find_new(
    scan: &Scan,
    discovery: &Discovery,
    is_known: impl Fn(&TopicName) -> bool,
) -> Result<Vec<Found>, SourceError> {
    let metadata = scan.consumer.fetch_metadata(None, SILENCE)?;
    let names = metadata.topics().iter().filter_map(|topic| TopicName::new(topic.name()).ok());
    let mut found = Vec::new();
    for topic in names.filter(|topic| discovery.allows(topic) && !is_known(topic)) {
        let why = if is_dead_letters(topic.as_str()) {
            Some(Why::Name)
        } else if discovery.by_headers {
            sample::dialect(scan, &topic)?.map(Why::Headers)
        } else {
            None
        };
        found.extend(why.map(|why| Found { topic, why }));
    }
    Ok(found)
}
