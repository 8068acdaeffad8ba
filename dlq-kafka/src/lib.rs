//! dlq-kafka
