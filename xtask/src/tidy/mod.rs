//! The laws, applied: each file of this folder checks one.

mod crates;
mod imports;
mod map;
mod sizes;
mod unsafe_code;

use crate::source::Source;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// One breach: where, what is wrong, what is allowed.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    wrong: String,
    allowed: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.wrong, self.allowed)
    }
}

/// Prints every breach; fails if there is one.
pub(crate) fn run(root: &Path) -> io::Result<ExitCode> {
    let sources = Source::read_all(root)?;
    let mut findings = crates::check(root)?;
    findings.extend(map::check(root)?);
    for source in &sources {
        findings.extend(imports::check(source));
        findings.extend(sizes::check(source));
        findings.extend(unsafe_code::check(source));
    }
    for finding in &findings {
        println!("{finding}");
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `a, b` for a message, or `nothing of ours`.
fn list(names: &[&str]) -> String {
    if names.is_empty() { "nothing of ours".to_owned() } else { names.join(", ") }
}
