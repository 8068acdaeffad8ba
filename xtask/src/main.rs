//! House rules that a machine checks: `cargo xtask tidy`, `cargo xtask grain` for a look in the mirror,
//! and `cargo xtask report` on what the tests showed.

mod grain;
mod law;
mod report;
mod source;
mod tidy;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy|grain|report LOG
  tidy   checks imports, dependencies, sizes, the paths in ARCHITECTURE.md and where unsafe code stands
  grain  prints how large files, functions and traits are
  report prints what a run of all tests showed, from what `cargo test` wrote into LOG";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done: Result<ExitCode, Box<dyn Error>> = match arguments.as_slice() {
        ["tidy"] => tidy::run(&root()).map_err(Into::into),
        ["grain"] => grain::run(&root()).map_err(Into::into),
        ["report", log] => report::run(&root(), Path::new(log)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder above this crate's. Cargo tells it at run time; what was true when this was compiled may belong to
/// another checkout that shares the build directory.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("./xtask"), PathBuf::from);
    here.parent().map_or_else(PathBuf::new, Path::to_path_buf)
}
