//! The floors of `dlq-core`: a folder imports from below, and beside itself only what the law names.

use super::{Finding, list};
use crate::law::{IMPORTS, Law};
use crate::source::{Source, Token};

const HOME: &str = "dlq-core/src/";

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let Some(law) = source.path.strip_prefix(HOME).and_then(law_of) else {
        return Vec::new();
    };
    let paths = crate_paths(&source.tokens);
    paths.iter().filter_map(|path| breach(law, path).map(|wrong| finding(source, law, path, wrong))).collect()
}

/// The law of a file below [`HOME`]; the door of the crate stands under none.
fn law_of(file: &str) -> Option<&'static Law> {
    let segments: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    folder_of(&segments)
}

/// The most precise folder that the segments begin with.
fn folder_of(segments: &[&str]) -> Option<&'static Law> {
    let mut names = [2, 1].into_iter().filter_map(|depth| segments.get(..depth)).map(|front| front.join("/"));
    names.find_map(|name| IMPORTS.iter().find(|law| law.place == name))
}

fn breach(law: &Law, path: &CratePath<'_>) -> Option<String> {
    let Some(target) = folder_of(&path.segments) else {
        return Some(format!("`crate::{}` names no folder of the import table", path.segments.join("::")));
    };
    let mut known = std::iter::once(&law.place).chain(law.knows);
    let allowed = known.any(|folder| within(target.place, folder));
    (!allowed).then(|| format!("{} imports {}", law.place, target.place))
}

fn within(place: &str, folder: &str) -> bool {
    place.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn finding(source: &Source, law: &Law, path: &CratePath<'_>, wrong: String) -> Finding {
    let allowed = format!("{} may import {}", law.place, list(law.knows));
    Finding { path: source.path.clone(), line: path.line, wrong, allowed }
}

/// What stands behind one `crate::`.
#[derive(Debug)]
struct CratePath<'a> {
    segments: Vec<&'a str>,
    line: usize,
}

/// Every path that begins with `crate::`, in imports and elsewhere, groups spelled out. Macros live at the
/// root of the crate wherever they are written: they are left out.
fn crate_paths(tokens: &[Token]) -> Vec<CratePath<'_>> {
    let mut paths = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at].is("crate") && tokens.get(at + 1).is_some_and(|next| next.is("::")) {
            spell_out(tokens, at + 2, &[], &mut paths);
        }
    }
    paths
}

/// Spells out the path, or the group of paths, at `at`; answers where it ends.
fn spell_out<'a>(tokens: &'a [Token], at: usize, front: &[&'a str], paths: &mut Vec<CratePath<'a>>) -> usize {
    let Some(token) = tokens.get(at) else {
        return at;
    };
    if token.is("{") {
        return spell_out_group(tokens, at + 1, front, paths);
    }
    let mut segments = front.to_vec();
    if token.is_word() {
        segments.push(&token.text);
        if tokens.get(at + 1).is_some_and(|next| next.is("::")) {
            return spell_out(tokens, at + 2, &segments, paths);
        }
    }
    if !tokens.get(at + 1).is_some_and(|next| next.is("!")) {
        paths.push(CratePath { segments, line: token.line });
    }
    at + 1
}

fn spell_out_group<'a>(
    tokens: &'a [Token],
    mut at: usize,
    front: &[&'a str],
    paths: &mut Vec<CratePath<'a>>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "}" => return at + 1,
            "," => at += 1,
            // A path of the group, perhaps renamed: `as` and the new name are passed over.
            "as" => at += 2,
            _ => at = spell_out(tokens, at, front, paths),
        }
    }
    at
}

#[cfg(test)]
mod tests;
