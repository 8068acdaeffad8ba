//! dlq-core
