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
    /// A topic was deleted and made anew while it was captured. Begun again, capture notices where, and begins a new
    /// generation.
    #[error("the topic {topic} was deleted and made anew under its name")]
    Recreated {
        /// Which topic.
        topic: dlq_core::TopicName,
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

/// Why the books could not be checked against Kafka.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The dead-letter topics or the storage cannot be read.
    #[error(transparent)]
    Read(#[from] SourceError),
    /// Quarantine cannot be read.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
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

/// Why quarantine cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// The cluster cannot be asked, or the client refuses its properties.
    #[error("quarantine: Kafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// The topic cannot be read.
    #[error("quarantine: {0}")]
    Read(#[from] SourceError),
    /// The producer could not be made.
    #[error("quarantine: {0}")]
    Producer(#[from] SinkError),
    /// The topic is not there.
    #[error("the quarantine topic {topic} is not there, and is not to be made")]
    Missing {
        /// Which topic.
        topic: dlq_core::TopicName,
    },
    /// The topic could not be made.
    #[error("the quarantine topic {topic} could not be made: {reason}")]
    NotMade {
        /// Which topic.
        topic: dlq_core::TopicName,
        /// What the cluster said.
        reason: String,
    },
    /// The topic would drop what it keeps.
    #[error(
        "the quarantine topic {topic} drops what is old: {setting} is {value:?}; allowed: -1, or a cleanup.policy of \
         compact"
    )]
    Drops {
        /// Which topic.
        topic: dlq_core::TopicName,
        /// Which of its settings.
        setting: &'static str,
        /// What that is.
        value: String,
    },
    /// The topic refuses to be written to.
    #[error("the quarantine topic {topic} cannot be written to: {reason}")]
    NotWritable {
        /// Which topic.
        topic: dlq_core::TopicName,
        /// What the cluster said.
        reason: String,
    },
    /// The cluster did not answer; what became of the write is not known.
    #[error("the quarantine topic {topic} did not answer: {reason}")]
    NoAnswer {
        /// Which topic.
        topic: dlq_core::TopicName,
        /// What the client said.
        reason: String,
    },
    /// Its thread panicked: a mistake of ours.
    #[error("quarantine: a thread panicked")]
    Panicked,
}

impl QuarantineError {
    /// Whether the cluster is away rather than something wrong with the topic: asking again may help.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        use rdkafka::error::KafkaError;
        match self {
            Self::Kafka(KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_)) => false,
            Self::Kafka(_) | Self::Read(_) | Self::NoAnswer { .. } => true,
            _ => false,
        }
    }
}
