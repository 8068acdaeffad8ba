//! The street: which crate of ours may depend on which.

use super::{Finding, list};
use crate::law::{CRATES, Law};
use std::path::Path;
use std::{fs, io};

pub(super) fn check(root: &Path) -> io::Result<Vec<Finding>> {
    let members = members(&fs::read_to_string(root.join("Cargo.toml"))?);
    let mut findings = Vec::new();
    for member in &members {
        let manifest = fs::read_to_string(root.join(member).join("Cargo.toml"))?;
        findings.extend(breaches(member, &manifest, &members));
    }
    Ok(findings)
}

fn breaches(member: &str, manifest: &str, members: &[String]) -> Vec<Finding> {
    let path = format!("{member}/Cargo.toml");
    let Some(law) = CRATES.iter().find(|law| matches(member, law.place)) else {
        let wrong = format!("{member} is not in the table of crates");
        return vec![Finding {
            path,
            line: 1,
            wrong,
            allowed: "give it a row in xtask/src/law.rs".to_owned(),
        }];
    };
    dependencies(manifest)
        .into_iter()
        .filter(|(_, name)| members.contains(name) && !law.knows.iter().any(|known| matches(name, known)))
        .map(|(line, name)| finding(path.clone(), line, law, &name))
        .collect()
}

fn finding(path: String, line: usize, law: &Law, name: &str) -> Finding {
    Finding {
        path,
        line,
        wrong: format!("{} depends on {name}", law.place),
        allowed: format!("it may depend on {}", list(law.knows)),
    }
}

fn matches(name: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |front| name.starts_with(front))
}

/// The folders in `members = [ … ]`.
fn members(manifest: &str) -> Vec<String> {
    let list =
        manifest.lines().skip_while(|line| !line.starts_with("members")).take_while(|line| *line != "]");
    list.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The names in `[dependencies]` and its kin, tests' and build scripts' aside, each with its line. A renamed
/// dependency counts by the name of its package.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, line) in manifest.lines().enumerate() {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']').rsplit_once("dependencies");
            inside = section.is_some_and(|(front, _)| front.is_empty() || front.ends_with('.'));
            let own = section.and_then(|(_, name)| name.strip_prefix('.')).filter(|_| inside);
            found.extend(own.map(|name| (index + 1, name.to_owned())));
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
            found.push((index + 1, package(key, value)));
        }
    }
    found
}

fn package(key: &str, value: &str) -> String {
    let renamed = value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
    let key = key.trim().trim_matches('"');
    renamed.unwrap_or_else(|| key.split('.').next().unwrap_or(key)).to_owned()
}

#[cfg(test)]
mod tests;
