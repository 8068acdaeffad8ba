//! What can go wrong on the way in and on the way out.

/// Why a source stopped. What it had captured and not stored is captured again by the next.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The cluster or the client refuses.
    #[error("Kafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// The client cannot go on.
    #[error("Kafka: {code}: {reason}")]
    Fatal {
        /// What kind of error.
        code: rdkafka::types::RDKafkaErrorCode,
        /// The client's words.
        reason: String,
    },
    /// The storage does not answer what capture cannot begin without.
    #[error("storage: {0}")]
    Storage(#[from] dlq_core::storage::StorageError),
    /// A topic has a name that Kafka does not allow.
    #[error(transparent)]
    Topic(#[from] dlq_core::record::InvalidTopicName),
    /// A message is larger than a record can be.
    #[error(transparent)]
    Content(#[from] dlq_core::record::ContentError),
    /// The cluster did not answer.
    #[error(
        "the cluster at {brokers} did not answer within {seconds} s{reason}: is it up, reachable from here, and does it let us in?"
    )]
    NoCluster {
        /// Where it was looked for.
        brokers: String,
        /// How long.
        seconds: u64,
        /// What the client complained of meanwhile, in brackets; empty if it did not.
        reason: String,
    },
    /// Kafka holds messages and does not hand them out.
    #[error("Kafka said nothing for {seconds} s")]
    Silent {
        /// How long.
        seconds: u64,
    },
    /// The intake ended before the source.
    #[error("the intake ended before the source")]
    IntakeEnded,
    /// The client did not end in time; what it had not committed is captured again.
    #[error("the client did not end within {seconds} s")]
    NotEnded {
        /// How long.
        seconds: u64,
    },
    /// The consumer's thread panicked: a mistake of ours.
    #[error("the consumer's thread panicked")]
    Panicked,
    /// The thread could not be started.
    #[error("the consumer's thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Why a sink could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The client refuses its properties.
    #[error("Kafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// The thread could not be started.
    #[error("the producer's thread: {0}")]
    Thread(#[from] std::io::Error),
}
