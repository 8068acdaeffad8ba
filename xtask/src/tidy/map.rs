//! The map does not age: every path that `ARCHITECTURE.md` names exists.

use super::Finding;
use std::path::{Path, PathBuf};
use std::{fs, io};

const MAP: &str = "ARCHITECTURE.md";

pub(super) fn check(root: &Path) -> io::Result<Vec<Finding>> {
    match fs::read_to_string(root.join(MAP)) {
        Ok(text) => missing(root, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn missing(root: &Path, text: &str) -> io::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for path in paths(root, line) {
            if !exists(root, path)? {
                findings.push(finding(index + 1, path));
            }
        }
    }
    Ok(findings)
}

fn finding(line: usize, path: &str) -> Finding {
    Finding {
        path: MAP.to_owned(),
        line,
        wrong: format!("`{path}` does not exist"),
        allowed: "a path begins at the root of the repository and names what is there".to_owned(),
    }
}

/// The spans between backticks that look like paths of this repository.
fn paths<'a>(root: &'a Path, line: &'a str) -> impl Iterator<Item = &'a str> {
    line.split('`').skip(1).step_by(2).filter(|span| looks_like_a_path(root, span))
}

/// It has a slash, only signs of a path, and either begins with something at the root or ends as files and
/// folders do.
fn looks_like_a_path(root: &Path, span: &str) -> bool {
    let signs = |sign: char| sign.is_ascii_alphanumeric() || "/._-*".contains(sign);
    let Some((first, _)) = span.split_once('/').filter(|(first, _)| !first.is_empty()) else {
        return false;
    };
    let ends_like_one =
        span.ends_with('/') || [".rs", ".md", ".toml", ".sql"].iter().any(|end| span.ends_with(end));
    span.chars().all(signs) && (ends_like_one || root.join(first).exists())
}

fn exists(root: &Path, path: &str) -> io::Result<bool> {
    let mut places = vec![root.to_path_buf()];
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let mut next = Vec::new();
        for place in &places {
            next.extend(named(place, name)?);
        }
        places = next;
    }
    Ok(!places.is_empty())
}

/// What stands in `folder` under this name, in which a `*` stands for any part.
fn named(folder: &Path, name: &str) -> io::Result<Vec<PathBuf>> {
    let Some((front, end)) = name.split_once('*') else {
        return Ok(Some(folder.join(name)).filter(|path| path.exists()).into_iter().collect());
    };
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(front) && name.ends_with(end)
    });
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::missing;

    fn lines(text: &str) -> Vec<usize> {
        missing(&crate::root(), text).unwrap().iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn paths_that_exist_are_fine() {
        assert!(
            lines("`xtask/src/main.rs` `xtask/src/` `xtask/src` `x*k/src/main.rs` `xtask/src/*.rs`")
                .is_empty()
        );
    }

    #[test]
    fn paths_that_do_not_are_told() {
        assert_eq!(
            lines("fine\n`xtask/src/nowhere.rs`\n`nowhere/`\n`xtask/nowhere`\n`xtask/no*/main.rs`"),
            [2, 3, 4, 5]
        );
    }

    #[test]
    fn other_spans_are_no_paths() {
        assert!(
            lines("`and/or` `application/json` `https://a/b.md` `a::b/c` `/etc/hosts` xtask/nowhere")
                .is_empty()
        );
    }
}
