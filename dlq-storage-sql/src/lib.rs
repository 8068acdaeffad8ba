//! dlq-storage-sql
