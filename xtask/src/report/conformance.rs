//! How many checks of the conformance suite each storage, and each layer around one, has passed.

use std::collections::BTreeMap;

use super::log::{Log, Outcome};

/// What parts the examinee's name from the check's.
const SUITE: &str = "::conformance::";

/// Prints passed and all checks by examinee.
pub(super) fn print(log: &Log) {
    for (examinee, (passed, all)) in counts(log) {
        println!("  {passed:>4} of {all:<6}{examinee}");
    }
}

fn counts(log: &Log) -> BTreeMap<String, (usize, usize)> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for test in &log.tests {
        let Some((examinee, _)) = test.name.rsplit_once(SUITE) else { continue };
        let examinee = examinee.trim_start_matches("conformance::").replace("::", ": ").replace('_', " ");
        let (passed, all) = counts.entry(examinee).or_default();
        *passed += usize::from(test.outcome == Outcome::Ok);
        *all += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_counted_by_who_was_examined() {
        let log = Log::read(
            "Running tests/conformance.rs (target/conformance-0)\ntest redis_cluster::conformance::save::a ... ok\n\
             test redis_cluster::conformance::find::b ... FAILED\nRunning tests/memory/main.rs (target/memory-0)\n\
             test contract::evicting::conformance::save::a ... ok\ntest limits::c ... ok\n",
        );
        let expected = [("memory: contract: evicting", (1, 1)), ("redis cluster", (1, 2))];
        assert_eq!(counts(&log), expected.map(|(name, counts)| (name.to_owned(), counts)).into());
    }
}
