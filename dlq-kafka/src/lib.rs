#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod source;

pub mod dialect;

pub mod discover;

pub mod sink;

pub mod quarantine;

pub mod verify;

pub mod probe;

pub mod client;

pub mod raw_headers;

mod error;
mod producer;
mod scan;
mod topic_ids;

pub use error::{QuarantineError, SinkError, SourceError};
