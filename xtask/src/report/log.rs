//! What `cargo test` wrote: every test with its outcome.

/// A run of tests.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) tests: Vec<Test>,
}

/// One test that ran.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// The name of its target, and its own: `bad_days::killed::under_load_with_sqlite`.
    pub(super) name: String,
    pub(super) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Ok,
    Failed,
    Ignored,
}

impl Outcome {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "FAILED",
            Self::Ignored => "ignored",
        }
    }
}

impl Log {
    /// Reads standard output and standard error of `cargo test`, in one.
    pub(super) fn read(text: &str) -> Self {
        let (mut tests, mut target) = (Vec::new(), String::new());
        for line in text.lines() {
            if let Some(running) = line.trim_start().strip_prefix("Running ") {
                target = target_of(running);
            } else if let Some((name, outcome)) = outcome_of(line) {
                tests.push(Test { name: format!("{target}::{name}"), outcome });
            }
        }
        Self { tests }
    }

    /// The tests of this name, or below it.
    pub(super) fn named<'l>(&'l self, name: &'l str) -> impl Iterator<Item = &'l Test> {
        self.tests.iter().filter(move |test| {
            test.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    }
}

/// `tests/bad_days/main.rs (target/debug/deps/bad_days-0123456789abcdef)` runs the target `bad_days`.
fn target_of(running: &str) -> String {
    let binary = running.rsplit('/').next().unwrap_or(running).trim_end_matches(')');
    binary.rsplit_once('-').map_or(binary, |(target, _)| target).to_owned()
}

/// `test killed::under_load ... ok`; what a test prints may stand before its outcome.
fn outcome_of(line: &str) -> Option<(&str, Outcome)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let outcome = match rest.trim() {
        rest if rest.ends_with("ok") => Outcome::Ok,
        rest if rest.ends_with("FAILED") => Outcome::Failed,
        rest if rest.starts_with("ignored") => Outcome::Ignored,
        _ => return None,
    };
    Some((name.trim_end_matches(" - should panic"), outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "   Compiling dlq v0.1.0\n     Running unittests src/lib.rs (target/debug/deps/dlq_core-0a1b)\n\
        test clock::tests::it_goes ... ok\n     Running tests/bad_days/main.rs (target/debug/deps/bad_days-9f)\n\
        test killed::under_load ... FAILED\ntest large::with_sqlite ... ignored, no disk\ntest result: FAILED. 1\n";

    #[test]
    fn tests_are_named_by_their_target() {
        let log = Log::read(LOG);
        let read: Vec<_> = log.tests.iter().map(|test| (test.name.as_str(), test.outcome)).collect();
        assert_eq!(
            read,
            [
                ("dlq_core::clock::tests::it_goes", Outcome::Ok),
                ("bad_days::killed::under_load", Outcome::Failed),
                ("bad_days::large::with_sqlite", Outcome::Ignored),
            ]
        );
    }

    #[test]
    fn a_name_stands_for_all_below_it() {
        let log = Log::read(LOG);
        let count = |name| log.named(name).count();
        assert_eq!([count("bad_days"), count("bad_days::killed"), count("bad_days::kill")], [2, 1, 0]);
    }
}
