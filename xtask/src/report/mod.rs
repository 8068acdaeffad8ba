//! `cargo xtask report LOG`: what a run of all tests showed: golden letters by dialect, bad days by name, checks of the
//! conformance suite by storage, and each guarantee with the tests that prove it.

mod conformance;
mod guarantees;
mod letters;
mod log;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use log::{Log, Test};

/// The targets whose tests are bad days.
const BAD_DAYS: [&str; 5] = ["bad_days::", "outage::", "guarded::", "health::", "server::"];

/// Prints the report on the log of `cargo test`; fails where a guarantee is not proven by it.
pub(crate) fn run(root: &Path, log: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let log = Log::read(&fs::read_to_string(log)?);
    println!("\nGolden letters, as documented and as the frameworks wrote them themselves\n");
    letters::print(root)?;
    println!("\nBad days\n");
    for test in log.tests.iter().filter(|test| BAD_DAYS.iter().any(|days| test.name.starts_with(days))) {
        println!("  {:<8}{}", test.outcome.word(), in_words(test));
    }
    println!("\nChecks of the conformance suite\n");
    conformance::print(&log);
    println!("\nGuarantees (docs/guarantees.md)\n");
    let all_hold = guarantees::print(&fs::read_to_string(root.join("docs/guarantees.md"))?, &log);
    Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `bad_days::killed::under_load` as `killed: under load`.
fn in_words(test: &Test) -> String {
    let name = test.name.strip_prefix("bad_days::").unwrap_or(&test.name);
    name.replace("::", ": ").replace('_', " ")
}
