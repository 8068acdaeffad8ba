//! Unsafe code stands where it is argued and examined, nowhere else.

use super::Finding;
use crate::law::UNSAFE_PLACES;
use crate::source::Source;

pub(super) fn check(source: &Source) -> Vec<Finding> {
    if UNSAFE_PLACES.iter().any(|place| source.path.starts_with(place)) {
        return Vec::new();
    }
    let found = source.tokens.iter().filter(|token| token.is("unsafe"));
    found.map(|token| finding(&source.path, token.line)).collect()
}

fn finding(path: &str, line: usize) -> Finding {
    Finding {
        path: path.to_owned(),
        line,
        wrong: "`unsafe` outside its places".to_owned(),
        allowed: format!("it may stand in {}", UNSAFE_PLACES.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::source::Source;

    #[test]
    fn only_the_word_in_code_counts() {
        let text = "#![forbid(unsafe_code)]\n// unsafe\nconst A: &str = \"unsafe\";\nunsafe fn f() {}";
        let found = check(&Source::new("dlq/src/main.rs", text));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn its_places_may_have_it() {
        assert_eq!(check(&Source::new("dlq-core/src/engine/ring/buffer.rs", "unsafe {}")), []);
        assert_eq!(check(&Source::new("dlq-kafka/src/raw_headers.rs", "unsafe {}")), []);
        assert_eq!(check(&Source::new("dlq-core/src/engine/ring_two.rs", "unsafe {}")).len(), 1);
    }
}
