//! [`Sources`]: where settings are looked for, and how they lie above each other.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat, Map, Value};

use super::explain::{Mistake, Mistakes};
use super::origin::{Origin, PREFIX, variable};
use super::{profile, reference};

/// Where settings are looked for. Later ones win: the defaults, the file, the environment, the flags. What
/// none of them sets, the profile may decide.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// Environment variables; only those that begin with `DLQ__` are looked at.
    pub environment: Vec<(OsString, OsString)>,
    /// What was given on the command line.
    pub flags: Vec<Flag>,
}

/// A flag that sets a key.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The key.
    pub key: &'static str,
    /// The flag, with its dashes.
    pub name: &'static str,
    /// The value.
    pub value: String,
}

impl Flag {
    /// The flag, where it was given.
    #[must_use]
    pub fn given(key: &'static str, name: &'static str, value: Option<&String>) -> Option<Self> {
        value.map(|value| Self { key, name, value: value.clone() })
    }
}

impl Sources {
    /// Everything that is set, one above the other, as nested tables; each value knows where it comes from.
    pub(super) fn read(&self) -> Result<Map<String, Value>, Mistakes> {
        let defaults = File::from_str(&reference::default_file(), FileFormat::Toml);
        let mut layers = config::Config::builder().add_source(defaults);
        if let Some(path) = &self.file {
            check_syntax(path)?;
            layers = layers.add_source(File::from(path.as_path()).format(FileFormat::Toml));
        }
        let environment = Environment::with_prefix("DLQ").prefix_separator("__").separator("__");
        layers = layers.add_source(environment.source(Some(self.variables()?)));
        for Flag { key, name, value } in &self.flags {
            let value = Value::new(Some(&(*name).to_owned()), value.as_str());
            layers =
                layers.set_override(*key, value).map_err(|error| Mistake::about(*name, error.to_string()))?;
        }
        let merged = layers.build().and_then(|config| config.cache.into_table());
        let mut tree = merged.map_err(|error| Mistake::about("configuration", error.to_string()))?;
        profile::decide(&mut tree);
        Ok(tree)
    }

    /// Where the value of a key comes from. A file is named as the user named it.
    pub(super) fn origin(&self, key: &str, value: &Value) -> Origin {
        if let Some(profile) = value.origin().and_then(profile::of_origin) {
            return Origin::Profile(profile);
        }
        match (value.origin(), &self.file) {
            (Some("the environment"), _) => Origin::Environment(variable(key)),
            (Some(flag), _) if flag.starts_with("--") => Origin::Flag(flag.to_owned()),
            (Some(_), Some(file)) => Origin::File(file.display().to_string()),
            _ => Origin::Default,
        }
    }

    fn variables(&self) -> Result<Map<String, String>, Mistake> {
        let is_ours =
            |name: &str| name.get(..PREFIX.len()).is_some_and(|head| head.eq_ignore_ascii_case(PREFIX));
        let named = self.environment.iter().filter_map(|(name, value)| Some((name.to_str()?, value)));
        named
            .filter(|(name, _)| is_ours(name))
            .map(|(name, value)| match value.to_str() {
                Some(value) => Ok((name.to_owned(), value.to_owned())),
                None => Err(Mistake::about(name, "the value of this environment variable is not UTF-8")),
            })
            .collect()
    }
}

/// Explains why a file cannot be read, without showing its text, which may hold secrets.
fn check_syntax(path: &Path) -> Result<(), Mistake> {
    let mistake = |problem: String| Mistake::about(path.display().to_string(), problem);
    let text = std::fs::read_to_string(path).map_err(|error| mistake(format!("cannot be read: {error}")))?;
    let Err(error) = toml::from_str::<toml::Table>(&text) else { return Ok(()) };
    let line =
        error.span().and_then(|span| text.get(..span.start)).map(|before| before.lines().count().max(1));
    let place = line.map_or_else(String::new, |line| format!("line {line}: "));
    Err(mistake(format!("{place}not TOML: {}", error.message())))
}
