//! The table of `docs/guarantees.md`, with what a run says of each row.

use super::log::{Log, Outcome};

/// A row: a name, what is promised, and the tests that prove it.
#[derive(Debug)]
struct Guarantee<'t> {
    name: &'t str,
    promise: &'t str,
    proven_by: Vec<&'t str>,
}

/// Prints every guarantee with its result; answers whether all hold.
pub(super) fn print(page: &str, log: &Log) -> bool {
    let guarantees: Vec<_> = page.lines().filter_map(row).collect();
    let mut all_hold = !guarantees.is_empty();
    for Guarantee { name, promise, proven_by } in guarantees {
        let (result, holds) = result(&proven_by, log);
        all_hold &= holds;
        println!("  {name:<5}{result:<28}{promise}");
        for test in proven_by {
            println!("       {:>4} × {test}", log.named(test).count());
        }
    }
    all_hold
}

/// `| G1 | a promise | \`bad_days::killed\`, \`outage\` |`, and no other line of the page.
fn row(line: &str) -> Option<Guarantee<'_>> {
    let cells: Vec<_> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let &[name, promise, tests] = cells.as_slice() else { return None };
    let numbered = name.strip_prefix('G').is_some_and(|number| number.parse::<u32>().is_ok());
    let proven_by = tests.split('`').skip(1).step_by(2).collect();
    numbered.then_some(Guarantee { name, promise, proven_by })
}

fn result(proven_by: &[&str], log: &Log) -> (String, bool) {
    let missing: Vec<_> = proven_by.iter().filter(|name| log.named(name).next().is_none()).collect();
    let tests: Vec<_> = proven_by.iter().flat_map(|name| log.named(name)).collect();
    let passed = tests.iter().filter(|test| test.outcome == Outcome::Ok).count();
    if proven_by.is_empty() || !missing.is_empty() {
        (format!("NOT PROVEN: {missing:?} did not run"), false)
    } else if passed < tests.len() {
        (format!("BROKEN: {} of {} tests", tests.len() - passed, tests.len()), false)
    } else {
        (format!("holds ({passed} tests)"), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(tests: &str) -> (String, bool) {
        let log = Log::read("Running tests/a.rs (target/a-0)\ntest one ... ok\ntest two ... FAILED\n");
        let line = format!("| G1 | nothing is lost | {tests} |");
        result(&row(&line).unwrap().proven_by, &log)
    }

    #[test]
    fn a_guarantee_holds_if_all_its_tests_ran_and_passed() {
        assert_eq!(holds("`a::one`"), ("holds (1 tests)".to_owned(), true));
        assert_eq!(holds("`a::one`, `a::two`"), ("BROKEN: 1 of 2 tests".to_owned(), false));
        assert_eq!(holds("`a::one`, `b`"), ("NOT PROVEN: [\"b\"] did not run".to_owned(), false));
        assert!(!holds("a::one").1, "no test is named");
    }

    #[test]
    fn headings_and_other_tables_are_no_guarantees() {
        for line in ["|---|---|---|", "| | guarantee | proven by |", "| G1 | two cells |", "text"] {
            assert!(row(line).is_none(), "{line}");
        }
    }
}
