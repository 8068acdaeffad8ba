//! What is wrong with a configuration, and what would be right: [`Mistake`].

use std::fmt;

use config::{Map, Value, ValueKind};

use super::origin::Origin;
use super::sections::SECTIONS;
use super::settings::{Found, Setting};
use super::sources::Sources;

/// How alike two names must be, from 0 to 1, for one to be proposed in place of the other.
const LIKENESS_MIN: f64 = 0.6;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    subject: String,
    value: Option<String>,
    origin: Option<Origin>,
    problem: String,
}

impl Mistake {
    /// A mistake in something that is no single setting.
    pub(crate) fn about(subject: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { subject: subject.into(), value: None, origin: None, problem: problem.into() }
    }

    /// A mistake in a setting.
    pub(super) fn in_setting(setting: &Setting, problem: impl Into<String>) -> Self {
        Self {
            value: Some(setting.value.clone()),
            origin: Some(setting.origin.clone()),
            ..Self::about(&setting.key, problem)
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject)?;
        if let Some(value) = &self.value {
            write!(f, " = {value:?}")?;
        }
        if let Some(origin) = &self.origin {
            write!(f, " ({origin})")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Everything that is wrong, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(|mistake| format!("  {mistake}")).collect();
        let of_command = |mistake: &Mistake| ["dlq ", "--"].iter().any(|of| mistake.subject.starts_with(of));
        let what = if self.0.iter().all(of_command) { "command line" } else { "configuration" };
        write!(f, "the {what} cannot be used\n{}", lines.join("\n"))
    }
}

impl std::error::Error for Mistakes {}

/// Passes where nothing is wrong.
pub(super) fn none_of(mistakes: Vec<Mistake>) -> Result<(), Mistakes> {
    if mistakes.is_empty() { Ok(()) } else { Err(Mistakes(mistakes)) }
}

/// The values that their keys may not hold.
pub(super) fn values(found: &[Found]) -> impl Iterator<Item = Mistake> {
    let wrong = found.iter().filter(|found| !found.kind.allows(&found.value));
    wrong.map(|found| Mistake::in_setting(&found.setting, format!("allowed: {}", found.kind)))
}

/// The keys that do not exist. Their values are not shown: a secret may stand at a misspelt key.
pub(super) fn unknown_keys(tree: &Map<String, Value>, sources: &Sources) -> Vec<Mistake> {
    let strangers = tree.iter().flat_map(|(name, value)| strangers_in(name, value));
    let mistake = |Stranger { key, value, problem }| Mistake {
        origin: Some(sources.origin(&key, value)),
        ..Mistake::about(key, problem)
    };
    let mut mistakes: Vec<_> = strangers.map(mistake).collect();
    mistakes.sort_by(|a, b| a.subject.cmp(&b.subject));
    mistakes
}

/// A key that does not exist, what stands there, and what is to be said.
struct Stranger<'v> {
    key: String,
    value: &'v Value,
    problem: String,
}

fn strangers_in<'v>(name: &str, value: &'v Value) -> Vec<Stranger<'v>> {
    let section = SECTIONS.iter().find(|section| section.name == name);
    match (section, &value.kind) {
        (Some(section), ValueKind::Table(table)) => {
            let is_known = |name: &String| section.keys.iter().any(|key| key.name == name);
            let strangers = table.iter().filter(|(key, _)| !is_known(key));
            strangers.map(|(key, value)| stranger(format!("{name}.{key}"), value)).collect()
        }
        (Some(section), _) => {
            let keys: Vec<_> = section.keys.iter().map(|key| key.name).collect();
            let problem = format!("this is a section; allowed: the keys {}", keys.join(", "));
            vec![Stranger { key: name.to_owned(), value, problem }]
        }
        (None, ValueKind::Table(table)) if !table.is_empty() => {
            table.iter().map(|(key, value)| stranger(format!("{name}.{key}"), value)).collect()
        }
        (None, _) => vec![stranger(name.to_owned(), value)],
    }
}

fn stranger(key: String, value: &Value) -> Stranger<'_> {
    let problem = match nearest(&key) {
        Some(nearest) => format!("no such key; did you mean {nearest}?"),
        None => format!("no such key; the sections are {}", SECTIONS.map(|section| section.name).join(", ")),
    };
    Stranger { key, value, problem }
}

/// The key that is most like this one: as a whole, or by its last name, in whatever section it was looked for.
fn nearest(key: &str) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |known: &str| {
        let whole = strsim::normalized_damerau_levenshtein(key, known);
        (whole.max(strsim::normalized_damerau_levenshtein(&last(key), &last(known))), whole)
    };
    let keys = SECTIONS
        .iter()
        .flat_map(|section| section.keys.iter().map(|key| format!("{}.{}", section.name, key.name)));
    let rated = keys.map(|known| (likeness(&known), known)).filter(|((best, _), _)| *best >= LIKENESS_MIN);
    rated.max_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(_, known)| known)
}
