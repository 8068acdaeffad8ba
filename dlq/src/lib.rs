#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod bench;
pub mod cli;
pub mod config;
pub mod copy;
pub mod demo;
pub mod kafka;
pub mod logs;
pub mod output;
pub mod serve;
pub mod storage;
pub mod traffic;
