//! What a dead-letter topic's name says about the topic it is for: habits of frameworks and of people, never more than a
//! guess. A guess is always a piece of the name.

/// What stands in front of a topic's name.
const PREFIXES: [&str; 2] = ["rejected-", "dlq."];

/// What stands behind a topic's name.
const SUFFIXES: [&str; 16] = [
    "-deserialization-dlt",
    ".DLT",
    ".dlt",
    "-DLT",
    "-dlt",
    "_DLT",
    "_dlt",
    ".DLQ",
    ".dlq",
    "-dlq",
    "_DLQ",
    "_dlq",
    "-DLQ",
    "_error",
    "_skipped",
    "-retry",
];

/// Where more than the suffix may have been added: a route (`-<name>-dlt`) or a subscription (`-<name>-DLQ`).
const WITH_INFIX: [&str; 3] = ["-dlt", "-DLQ", "-RETRY"];

/// What Spring Cloud Stream puts in front: `error.<topic>.<group>`.
const ERROR: &str = "error.";

/// What SmallRye puts in front, of a channel's name, which is no topic's.
const CHANNEL: &str = "dead-letter-topic-";

/// The topic for which `name` is the dead-letter topic; nothing where its name does not say so, or says several and
/// `is_topic` does not know exactly one of them.
pub(super) fn origin<'n>(name: &'n str, is_topic: &dyn Fn(&str) -> bool) -> Option<&'n str> {
    let mut guess = None;
    let mut rest = name;
    while let Some(shorter) = one_step(rest, is_topic) {
        guess = Some(shorter);
        rest = shorter;
        if is_topic(shorter) && one_step(shorter, is_topic).is_none_or(|next| !is_topic(next)) {
            break;
        }
    }
    guess
}

/// Whether `dead_letters` is, by its name, a dead-letter topic of `topic`.
pub(super) fn leads(dead_letters: &str, topic: &str) -> bool {
    one_step(dead_letters, &|candidate| candidate == topic) == Some(topic)
        || candidates_of_error(dead_letters).any(|candidate| candidate == topic)
}

/// Whether a topic's name says that its messages are dead. A topic for retries is none: its messages are waited for.
pub(crate) fn is_dead_letters(name: &str) -> bool {
    let ends = |suffix: &&str| !suffix.to_ascii_lowercase().ends_with("retry") && name.ends_with(*suffix);
    let suffixed = SUFFIXES.iter().chain(&WITH_INFIX).any(ends);
    let prefixed = PREFIXES.iter().chain([&CHANNEL]).any(|prefix| name.starts_with(prefix));
    suffixed || prefixed || candidates_of_error(name).next().is_some()
}

/// The name without what one failure added to it.
fn one_step<'n>(name: &'n str, is_topic: &dyn Fn(&str) -> bool) -> Option<&'n str> {
    if name.starts_with(CHANNEL) {
        return None;
    }
    if name.starts_with(ERROR) {
        return only(candidates_of_error(name), is_topic);
    }
    if let Some(rest) = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        return Some(rest).filter(|rest| !rest.is_empty());
    }
    with_infix(name, is_topic).or_else(|| without_suffix(name))
}

/// The candidate that is a topic, if exactly one is; else the only one.
fn only<'n>(
    candidates: impl Iterator<Item = &'n str> + Clone,
    is_topic: &dyn Fn(&str) -> bool,
) -> Option<&'n str> {
    let mut known = candidates.clone().filter(|candidate| is_topic(candidate));
    match (known.next(), known.next()) {
        (Some(known), None) => Some(known),
        (Some(_), Some(_)) => None,
        (None, _) => {
            let mut candidates = candidates;
            candidates.next().filter(|_| candidates.next().is_none())
        }
    }
}

/// Topic and group may both hold dots.
fn candidates_of_error(name: &str) -> impl Iterator<Item = &str> + Clone {
    let rest = name.strip_prefix(ERROR).unwrap_or_default();
    rest.match_indices('.').filter_map(move |(at, _)| {
        let (topic, group) = rest.split_at_checked(at)?;
        Some(topic).filter(|topic| !topic.is_empty() && group.len() > 1)
    })
}

/// `orders-billing-DLQ` may be the topic `orders-billing`'s or `orders`': the longest that is a topic.
fn with_infix<'n>(name: &'n str, is_topic: &dyn Fn(&str) -> bool) -> Option<&'n str> {
    let rest = WITH_INFIX.iter().find_map(|suffix| name.strip_suffix(suffix))?;
    let failed_twice = without_suffix(rest).is_some();
    let shorter =
        rest.match_indices('-').rev().filter(move |_| !failed_twice).filter_map(|(at, _)| rest.get(..at));
    std::iter::once(rest).chain(shorter).find(|candidate| !candidate.is_empty() && is_topic(candidate))
}

fn without_suffix(name: &str) -> Option<&str> {
    let plain = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix));
    let numbered = || name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix("-retry-");
    plain.or_else(numbered).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_that_messages_are_dead_and_not_that_they_wait() {
        for dead in ["orders-dlt", "orders.DLQ", "a_dlq", "q_error", "dlq.orders", "dead-letter-topic-in"] {
            assert!(is_dead_letters(dead), "{dead}");
        }
        assert!(is_dead_letters("error.orders.billing") && is_dead_letters("orders-billing-DLQ"));
        for alive in
            ["orders", "orders-retry", "orders-retry-2", "a-b-RETRY", "dlt", "errors", "error.orders"]
        {
            assert!(!is_dead_letters(alive), "{alive}");
        }
    }

    fn guess<'n>(name: &'n str, topics: &[&str]) -> Option<&'n str> {
        origin(name, &|candidate| topics.contains(&candidate))
    }

    #[test]
    fn habits_are_known() {
        for name in [
            "orders.DLT",
            "orders-dlt",
            "orders-dlq",
            "orders.dlq",
            "orders_dlq",
            "orders-retry",
            "orders-retry-0",
            "orders-retry-10000",
            "orders-deserialization-dlt",
            "orders-dlt-dlt",
            "orders-retry-dlt",
            "orders_error",
            "orders_skipped",
            "rejected-orders",
            "dlq.orders",
            "error.orders.billing",
            "orders-DLQ",
            "orders-DLT",
            "orders_DLT",
            "orders_DLQ",
            "orders_dlt",
        ] {
            assert_eq!(guess(name, &[]), Some("orders"), "{name}");
        }
    }

    #[test]
    fn other_names_say_nothing() {
        for name in ["orders", "dead-letter-topic-orders", "-dlt", "dlq.", "error.orders", "dlt", "error.."] {
            assert_eq!(guess(name, &[]), None, "{name}");
        }
    }

    #[test]
    fn the_list_of_topics_resolves_what_is_ambiguous() {
        assert_eq!(guess("error.eu.orders.billing", &[]), None);
        assert_eq!(guess("error.eu.orders.billing", &["eu.orders"]), Some("eu.orders"));
        assert_eq!(guess("error.eu.orders.billing", &["eu.orders", "eu"]), None);
        assert_eq!(guess("eu-orders-billing-DLQ", &["eu-orders"]), Some("eu-orders"));
        assert_eq!(guess("eu-orders-validation-dlt", &["eu-orders", "eu"]), Some("eu-orders"));
        assert_eq!(guess("eu-orders-dlt", &[]), Some("eu-orders"));
        assert_eq!(guess("orders-retry-dlt", &["orders-retry"]), Some("orders-retry"));
        assert_eq!(guess("orders-dlt-dlt", &["orders", "orders-dlt", "orders-dlt-dlt"]), Some("orders"));
    }

    #[test]
    fn one_dead_letter_topic_leads_to_one_topic() {
        assert!(leads("orders-dlt", "orders") && leads("error.eu.orders.billing", "eu.orders"));
        assert!(leads("orders-billing-DLQ", "orders") && !leads("orders-dlt-dlt", "orders"));
        assert!(!leads("parked", "orders"));
    }
}
