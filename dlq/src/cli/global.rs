//! [`GlobalArgs`]: the flags of every verb.

use std::path::PathBuf;

use clap::Args;

use crate::config::{Flag, Sources};
use crate::output::Format;

/// The flags of every verb.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The configuration file
    #[arg(long, global = true, env = "DLQ_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The storage, in place of storage.url of the configuration
    #[arg(long, global = true, value_name = "URL")]
    pub storage_url: Option<String>,

    /// In which form results are written to standard output
    #[arg(long, short, global = true, value_enum, default_value_t)]
    pub output: Format,

    /// How much is told on standard error: error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,

    /// How it is told: text or json
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl GlobalArgs {
    /// Where settings are looked for: the file, this process's environment, and these flags.
    #[must_use]
    pub fn sources(&self) -> Sources {
        let flags = [
            Flag::given("storage.url", "--storage-url", self.storage_url.as_ref()),
            Flag::given("log.level", "--log-level", self.log_level.as_ref()),
            Flag::given("log.format", "--log-format", self.log_format.as_ref()),
        ];
        Sources {
            file: self.config.clone(),
            environment: std::env::vars_os().collect(),
            flags: flags.into_iter().flatten().collect(),
        }
    }
}
