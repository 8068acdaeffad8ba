//! [`FilterArgs`]: which records are meant; the same flags for every verb that looks for records.

use bytes::Bytes;
use clap::Args;
use dlq_core::Timestamp;
use dlq_core::record::{DlqStatus, ErrorType, Fingerprint, PartitionId, TopicName};
use dlq_core::storage::{HeaderMatch, KeyMatch, QueryCriteria, Range};

use crate::config::ByteCount;
use crate::output::moment::Moment;

/// Which records are meant: those that meet every condition. A condition with several values is met by any of them.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Conditions")]
pub struct FilterArgs {
    /// Status: pending, retrying, success, failed, expired, skipped, on_hold
    #[arg(long, value_delimiter = ',')]
    pub status: Vec<DlqStatus>,

    /// Type of the failure, such as transient_network
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    pub error_type: Vec<ErrorType>,

    /// Topic: the origin's, or the dead-letter topic where that is unknown
    #[arg(long, value_delimiter = ',')]
    pub topic: Vec<TopicName>,

    /// Dead-letter topic from which it was captured
    #[arg(long, value_name = "TOPIC", value_delimiter = ',')]
    pub dead_letter_topic: Vec<TopicName>,

    /// Partition of the origin
    #[arg(long, value_delimiter = ',')]
    pub partition: Vec<PartitionId>,

    /// Consumer group that failed
    #[arg(long)]
    pub group: Vec<String>,

    /// Class of the failure, or of its root cause, in full
    #[arg(long)]
    pub class: Option<String>,

    /// Part of the failure's message; upper and lower case matter
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,

    /// Fingerprint of the failure: 16 hexadecimal digits
    #[arg(long, value_delimiter = ',')]
    pub fingerprint: Vec<Fingerprint>,

    /// Key
    #[arg(long, group = "key_match")]
    pub key: Option<String>,

    /// Beginning of the key
    #[arg(long, group = "key_match", value_name = "TEXT")]
    pub key_prefix: Option<String>,

    /// Pattern of the key: * stands for any characters, ? for one
    #[arg(long, group = "key_match", value_name = "PATTERN")]
    pub key_pattern: Option<String>,

    /// Header that is there, or that is there with this value
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub header: Option<String>,

    /// Tag
    #[arg(long)]
    pub tag: Option<String>,

    /// Made at this time or later: RFC 3339, or how long ago, such as 2h
    #[arg(long, value_name = "TIME")]
    pub created_since: Option<Moment>,

    /// Made before this time
    #[arg(long, value_name = "TIME")]
    pub created_until: Option<Moment>,

    /// At least so many attempts have ended
    #[arg(long, value_name = "COUNT")]
    pub retries_min: Option<u32>,

    /// At most so many attempts have ended
    #[arg(long, value_name = "COUNT")]
    pub retries_max: Option<u32>,

    /// Payload of at least this size, such as 10kB
    #[arg(long, value_name = "SIZE")]
    pub size_min: Option<ByteCount>,

    /// Payload of at most this size
    #[arg(long, value_name = "SIZE")]
    pub size_max: Option<ByteCount>,
}

impl FilterArgs {
    /// Whether no condition is set, so that every record is meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The criteria, seen from `now`.
    #[must_use]
    pub fn criteria(&self, now: Timestamp) -> QueryCriteria {
        QueryCriteria {
            statuses: some(&self.status),
            error_types: some(&self.error_type),
            topics: some(&self.topic),
            dead_letter_topics: some(&self.dead_letter_topic),
            partitions: some(&self.partition),
            consumer_groups: some(&self.group),
            fingerprints: some(&self.fingerprint),
            key: self.key_match(),
            error_class: self.class.clone(),
            message_contains: self.message.clone(),
            header: self.header.as_deref().map(header_match),
            tag: self.tag.clone(),
            created: Range {
                min: self.created_since.map(|moment| moment.resolve(now)),
                end: self.created_until.map(|moment| moment.resolve(now)),
            },
            retry_count: Range {
                min: self.retries_min,
                end: self.retries_max.and_then(|max| max.checked_add(1)),
            },
            payload_size: Range {
                min: self.size_min.map(|size| size.0),
                end: self.size_max.and_then(|size| size.0.checked_add(1)),
            },
            ..QueryCriteria::default()
        }
    }

    fn key_match(&self) -> Option<KeyMatch> {
        let exact = self.key.as_ref().map(|key| KeyMatch::Exact(bytes(key)));
        let prefix = || self.key_prefix.as_ref().map(|prefix| KeyMatch::Prefix(bytes(prefix)));
        let pattern = || self.key_pattern.clone().map(KeyMatch::Pattern);
        exact.or_else(prefix).or_else(pattern)
    }
}

fn some<T: Clone>(values: &[T]) -> Option<Vec<T>> {
    (!values.is_empty()).then(|| values.to_vec())
}

fn header_match(text: &str) -> HeaderMatch {
    match text.split_once('=') {
        Some((name, value)) => HeaderMatch { name: bytes(name), value: Some(bytes(value)) },
        None => HeaderMatch { name: bytes(text), value: None },
    }
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        filter: FilterArgs,
    }

    fn parse(line: &str) -> Result<FilterArgs, clap::Error> {
        let words = std::iter::once("dlq").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.filter)
    }

    fn criteria(line: &str) -> QueryCriteria {
        parse(line).unwrap().criteria(Timestamp::from_millis(10_000_000))
    }

    #[test]
    fn no_flag_is_no_condition() {
        assert!(parse("").unwrap().is_empty());
        assert_eq!(criteria(""), QueryCriteria::default());
        assert!(!parse("--tag x").unwrap().is_empty());
    }

    #[test]
    fn lists_may_have_commas_or_be_repeated() {
        let statuses = Some(vec![DlqStatus::Failed, DlqStatus::OnHold]);
        assert_eq!(criteria("--status failed,on_hold").statuses, statuses);
        assert_eq!(criteria("--status failed --status on_hold").statuses, statuses);
        assert_eq!(criteria("--type serialization").error_types, Some(vec![ErrorType::Serialization]));
        assert_eq!(criteria("--partition 3").partitions, Some(vec![3]));
    }

    #[test]
    fn ends_of_ranges() {
        let range = criteria("--created-since 2h --created-until 1970-01-01T01:00:00Z").created;
        assert_eq!(range.min.map(Timestamp::as_millis), Some(2_800_000));
        assert_eq!(range.end.map(Timestamp::as_millis), Some(3_600_000));
        assert_eq!(
            criteria("--retries-min 1 --retries-max 3").retry_count,
            Range { min: Some(1), end: Some(4) }
        );
        assert_eq!(criteria("--size-max 1KiB").payload_size, Range { min: None, end: Some(1025) });
    }

    #[test]
    fn keys_and_headers() {
        assert_eq!(criteria("--key k1").key, Some(KeyMatch::Exact(bytes("k1"))));
        assert_eq!(criteria("--key-prefix k").key, Some(KeyMatch::Prefix(bytes("k"))));
        assert_eq!(criteria("--key-pattern k*").key, Some(KeyMatch::Pattern("k*".to_owned())));
        let header =
            |value: Option<&str>| Some(HeaderMatch { name: bytes("trace"), value: value.map(bytes) });
        assert_eq!(criteria("--header trace").header, header(None));
        assert_eq!(criteria("--header trace=a=b").header, header(Some("a=b")));
        assert_eq!(criteria("--header trace=").header, header(Some("")));
    }

    #[test]
    fn wrong_values_tell_what_is_allowed() {
        for (line, told) in [
            ("--status gone", "pending, retrying"),
            ("--created-since yesterday", "RFC 3339"),
            ("--size-min big", "such as 64MiB"),
            ("--fingerprint 12", "16 hexadecimal digits"),
            ("--topic a/b", "1 to 249"),
            ("--key a --key-prefix b", "cannot be used with"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(told), "{line}: {error}");
        }
    }
}
