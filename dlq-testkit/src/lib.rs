#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "to panic is how a check fails")]

pub mod conformance;
pub mod fault;
pub mod fixture;
pub mod measure;
pub mod server;
