//! The default file and the reference page, written from [`SECTIONS`].

use dlq_core::policy::config::Profile;

use super::key::{Key, Preset, Section};
use super::kind::Kind;
use super::origin::variable;
use super::sections::SECTIONS;

const FILE_HEAD: &str = "\
# The configuration of dlq: every key with its default.
#
# Later ones win: these defaults, the file named by --config, environment variables, flags.
# A variable is the key in capitals after DLQ__, with __ between the names: DLQ__CAPTURE__BATCH_SIZE.
# `dlq check` tells what would be used and where it comes from.
";

const PAGE_HEAD: &str = "\
# Configuration

One TOML file, named by `--config` or `DLQ_CONFIG`. Later ones win: the defaults, the file, environment variables, flags.
An environment variable is the key in capitals after `DLQ__`, with `__` between the names. `dlq check` tells what would
be used and where it comes from; `dlq check --print-default` prints a complete file to begin with.

<!-- Written by `dlq check --print-reference`; a test holds it current. -->
";

/// The complete file, with comments. It is also what holds where nobody sets anything.
#[must_use]
pub fn default_file() -> String {
    SECTIONS.iter().fold(FILE_HEAD.to_owned(), |text, section| text + &file_section(section))
}

fn file_section(section: &Section) -> String {
    let head = format!("\n{}[{}]\n", comment(section.about), section.name);
    section.keys.iter().fold(head, |text, key| text + &file_key(section, key))
}

fn file_key(section: &Section, key: &Key) -> String {
    let about = comment(key.about);
    match (key.preset, key.kind) {
        (Preset::Unset(example), Kind::Properties) => {
            format!("\n{about}[{}.{}]\n# {example}\n", section.name, key.name)
        }
        (Preset::Is(value), kind) => format!("\n{about}{} = {}\n", key.name, kind.toml(value)),
        (Preset::By(of), kind) => {
            format!("\n{about}# {} = {}\n", key.name, kind.toml(&of(Profile::Default)))
        }
        (Preset::Unset(example), kind) => format!("\n{about}# {} = {}\n", key.name, kind.toml(example)),
    }
}

fn comment(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("#{line}\n")).collect()
}

/// The reference page, in Markdown.
#[must_use]
pub fn page() -> String {
    SECTIONS.iter().fold(PAGE_HEAD.to_owned(), |page, section| page + &page_section(section))
}

fn page_section(section: &Section) -> String {
    let head = format!("\n## `[{}]`\n\n{}\n", section.name, prose(section.about));
    section.keys.iter().fold(head, |page, key| page + &page_key(section, key))
}

fn page_key(section: &Section, key: &Key) -> String {
    let path = format!("{}.{}", section.name, key.name);
    let default = match key.preset {
        Preset::Is(value) => format!("`{}`", key.kind.toml(value)),
        Preset::By(of) => by_profile(key.kind, of),
        Preset::Unset(_) => "none".to_owned(),
    };
    let (about, allowed) = (prose(key.about), key.kind);
    let variable = match key.kind {
        Kind::Properties => format!("`{}__` and the property's name, `__` for each dot", variable(&path)),
        Kind::TopicRules => "none".to_owned(),
        _ => format!("`{}`", variable(&path)),
    };
    format!("\n### `{path}`\n\n{about}\n\nDefault: {default}. Allowed: {allowed}. Variable: {variable}.\n")
}

/// The usual default, and those of the profiles that say otherwise.
fn by_profile(kind: Kind, of: fn(Profile) -> String) -> String {
    let usual = of(Profile::Default);
    let others = Profile::ALL.into_iter().filter(|profile| of(*profile) != usual);
    let others = others.map(|profile| format!("; `{}` with `{profile}`", kind.toml(&of(profile))));
    format!("`{}`{}", kind.toml(&usual), others.collect::<String>())
}

fn prose(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n")
}
