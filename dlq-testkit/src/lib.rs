//! dlq-testkit
