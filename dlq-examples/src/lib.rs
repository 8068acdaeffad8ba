//! dlq-examples
