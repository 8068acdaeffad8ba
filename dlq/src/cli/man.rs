//! `dlq man`: manual pages; and the page of commands in the documentation.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};

use super::exit::{self, Exit};
use crate::output::Output;

/// Before what several verbs share, which the page tells but once.
const SHARED: [&str; 2] = ["Conditions:", "Global options:"];

/// Writes manual pages, one for each verb
#[derive(Args, Clone, Debug)]
pub struct ManArgs {
    /// The folder into which they are written, such as /usr/local/share/man/man1; it is made if it is not there
    #[arg(
        value_name = "FOLDER",
        required_unless_present = "print_reference",
        conflicts_with = "print_reference"
    )]
    folder: Option<PathBuf>,

    /// Print the reference page of all commands in Markdown
    #[arg(long, hide = true)]
    print_reference: bool,
}

/// Writes the pages.
///
/// # Errors
/// They cannot be written.
pub fn run(args: &ManArgs, command: Command, output: &mut Output<'_>) -> anyhow::Result<Exit> {
    let Some(folder) = &args.folder else {
        write!(output.to, "{}", reference(command))?;
        return Ok(Exit::Done);
    };
    let cannot = || format!("cannot write manual pages into {}", folder.display());
    std::fs::create_dir_all(folder).with_context(cannot)?;
    clap_mangen::generate_to(command, folder).with_context(cannot)?;
    Ok(Exit::Done)
}

/// Every verb with its help, as a page in Markdown; what several share stands at its end.
#[must_use]
pub fn reference(command: Command) -> String {
    let mut command = command.term_width(100).disable_help_subcommand(true);
    command.build();
    let mut page =
        "# Commands\n\nWhat `dlq VERB --help` prints; `dlq man` writes the same as manual pages. Conditions, global options\nand exit codes are the same everywhere: they stand at the end.\n"
            .to_owned();
    let mut shared = SHARED.map(|_| String::new());
    for verb in command.get_subcommands_mut() {
        verb_sections(&mut page, "dlq", verb, &mut shared);
    }
    for (heading, text) in SHARED.iter().zip(&shared) {
        section(&mut page, heading.trim_end_matches(':'), text);
    }
    let (heading, codes) = exit::HELP.split_once(":\n").unwrap_or(("Exit codes", exit::HELP));
    section(&mut page, heading, codes);
    page
}

/// The sections of a verb and of those below it; what it shares with others is put aside.
fn verb_sections(page: &mut String, of: &str, verb: &mut Command, shared: &mut [String; SHARED.len()]) {
    let (name, help) = (format!("{of} {}", verb.get_name()), verb.render_long_help().to_string());
    let mut own = help.as_str();
    for (heading, text) in SHARED.iter().zip(shared.iter_mut()).rev() {
        if let Some((before, told)) = own.split_once(heading) {
            *text = told.to_owned();
            own = before;
        }
    }
    section(page, &name, own);
    for below in verb.get_subcommands_mut() {
        verb_sections(page, &name, below, shared);
    }
}

fn section(page: &mut String, title: &str, text: &str) {
    let lines: Vec<_> = text.trim_start_matches('\n').lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {title}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    /// `cargo run -p dlq -- man --print-reference > docs/commands.md` brings it up to date.
    #[test]
    fn the_page_of_commands_is_current() {
        let page = include_str!("../../../docs/commands.md");
        assert!(page == super::reference(crate::cli::Cli::command()), "docs/commands.md is out of date");
    }
}
