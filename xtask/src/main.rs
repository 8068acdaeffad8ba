//! House rules that a machine checks: `cargo xtask tidy`, and `cargo xtask grain` for a look in the mirror.

mod grain;
mod law;
mod source;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy|grain
  tidy   checks imports, dependencies, sizes, the paths in ARCHITECTURE.md and where unsafe code stands
  grain  prints how large files, functions and traits are";

fn main() -> ExitCode {
    let task = match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::run,
        Some("grain") => grain::run,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match task(&root()) {
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
