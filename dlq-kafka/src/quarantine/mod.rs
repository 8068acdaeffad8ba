//! What a storage refuses for good is kept in a topic of our own, so that nothing is lost and its partition moves on.
//!
//! A record in quarantine is one message: its key is the record's id, so that a record kept twice is one; its value is
//! the payload as it was captured; its headers are first ours, `dlq.quarantine.*`, each exactly once, and then the
//! record's own, byte for byte. A message of an id without a value ends what was kept under that id.

mod config;
mod keep;
mod letter;
mod reader;
mod topic;

pub use config::QuarantineConfig;
pub use keep::KafkaQuarantine;
pub use letter::QuarantinedEntry;
pub use reader::QuarantineReader;
