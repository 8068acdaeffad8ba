//! `dlq completions`: what lets a shell complete our words.

use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::Exit;
use crate::output::Output;

/// Prints a script that lets a shell complete verbs, flags and values
#[derive(Args, Clone, Copy, Debug)]
pub struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

/// Prints the script.
pub fn run(args: CompletionsArgs, mut command: Command, output: &mut Output<'_>) -> Exit {
    clap_complete::generate(args.shell, &mut command, "dlq", &mut output.to);
    Exit::Done
}
