//! Files and functions stay small enough to read.

use super::Finding;
use crate::law::{FILE_LINES_MAX, FUNCTION_LINES_MAX};
use crate::source::{Function, Source};

pub(super) fn check(source: &Source) -> Vec<Finding> {
    if source.is_test() {
        return Vec::new();
    }
    let functions = source.functions();
    let long = functions.iter().filter(|function| function.lines > FUNCTION_LINES_MAX);
    long_file(source).into_iter().chain(long.map(|function| long_function(source, function))).collect()
}

fn long_file(source: &Source) -> Option<Finding> {
    let lines = source.lines_without_tests();
    (lines > FILE_LINES_MAX).then(|| Finding {
        path: source.path.clone(),
        line: 1,
        wrong: format!("{lines} lines without tests"),
        allowed: format!("a file may have {FILE_LINES_MAX}"),
    })
}

fn long_function(source: &Source, function: &Function) -> Finding {
    Finding {
        path: source.path.clone(),
        line: function.line,
        wrong: format!("`{}` has {} lines", function.name, function.lines),
        allowed: format!("a function may have {FUNCTION_LINES_MAX}"),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::source::Source;

    fn function(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_may_have_seventy_lines() {
        assert_eq!(check(&Source::new("dlq/src/a.rs", &function(70))), []);
        assert_eq!(check(&Source::new("dlq/src/a.rs", &function(71)))[0].wrong, "`f` has 71 lines");
    }

    #[test]
    fn tests_may_be_long() {
        let inside = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(600));
        assert_eq!(check(&Source::new("dlq/src/a.rs", &inside)), []);
        assert_eq!(check(&Source::new("dlq/tests/a.rs", &function(600))), []);
    }

    #[test]
    fn a_file_may_have_five_hundred_lines() {
        assert_eq!(check(&Source::new("dlq/src/a.rs", &"\n".repeat(500))), []);
        assert_eq!(check(&Source::new("dlq/src/a.rs", &"\n".repeat(501))).len(), 1);
    }
}
