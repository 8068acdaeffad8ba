//! How results are written: the same forms for every verb.

pub mod csv;
pub mod grid;
pub mod line;
pub mod moment;
pub mod story;
pub mod text;

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

/// In which form results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// JSON, one line for each result.
    Jsonl,
    /// A line of titles, then one for each result; for verbs that list.
    Csv,
}

/// Where results go, and in which form.
pub struct Output<'w> {
    /// The form.
    pub format: Format,
    /// Standard output, or what stands for it.
    pub to: &'w mut dyn Write,
}

impl std::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Output<'_> {
    /// Writes one line of text that is known to be harmless.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn line(&mut self, line: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.to, "{line}")
    }

    /// Writes a table, without blanks at the ends of its lines.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn table(&mut self, table: &comfy_table::Table) -> io::Result<()> {
        writeln!(self.to, "{}", table.trim_fmt())
    }

    /// Writes a heading over what follows.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn heading(&mut self, heading: impl std::fmt::Display) -> io::Result<()> {
        let bold = clap::builder::styling::Style::new().bold();
        writeln!(self.to, "\n{bold}{heading}{bold:#}")
    }

    /// Writes one JSON document: over several lines, or on one where each line is a result.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let json = match self.format {
            Format::Jsonl => serde_json::to_string(value)?,
            Format::Table | Format::Json | Format::Csv => serde_json::to_string_pretty(value)?,
        };
        writeln!(self.to, "{}", text::json(&json))
    }
}
