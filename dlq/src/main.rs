//! `dlq`, the server and command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    dlq::cli::main()
}
