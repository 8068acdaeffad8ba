//! Rust files as the checks see them: words with line numbers, and the shapes that they form.

mod mask;
mod shape;
mod token;

pub(crate) use shape::{Function, Trait};
pub(crate) use token::Token;

use std::ffi::OsStr;
use std::path::Path;
use std::{fs, io};

/// One Rust file of the workspace.
pub(crate) struct Source {
    /// From the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) tokens: Vec<Token>,
    lines: usize,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let tokens = token::tokens(&mask::mask(text));
        Self { path: path.to_owned(), tokens, lines: text.lines().count() }
    }

    /// Every Rust file below `root`, by path; build output and hidden folders aside.
    pub(crate) fn read_all(root: &Path) -> io::Result<Vec<Self>> {
        let mut sources = Vec::new();
        read_below(root, "", &mut sources)?;
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(sources)
    }

    /// Whether the whole file is a test or a benchmark.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    }

    /// Its lines, the test modules inside it aside.
    pub(crate) fn lines_without_tests(&self) -> usize {
        let tests: usize = shape::test_modules(&self.tokens).iter().map(|lines| lines.clone().count()).sum();
        self.lines.saturating_sub(tests)
    }

    /// Its functions that have a body, those of test modules aside.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let tests = shape::test_modules(&self.tokens);
        let mut functions = shape::functions(&self.tokens);
        functions.retain(|function| !tests.iter().any(|lines| lines.contains(&function.line)));
        functions
    }

    pub(crate) fn traits(&self) -> Vec<Trait> {
        shape::traits(&self.tokens)
    }
}

fn read_below(folder: &Path, path: &str, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = format!("{path}{name}");
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.starts_with('.') {
                read_below(&entry.path(), &format!("{below}/"), sources)?;
            }
        } else if entry.path().extension() == Some(OsStr::new("rs")) {
            sources.push(Source::new(&below, &fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}
