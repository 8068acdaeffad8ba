//! Rules, and the table in which the first that fits is found quickly.

use std::collections::HashMap;

use super::Pattern;
use crate::record::ErrorType;

/// "A failure of this class, with this message, is of this type."
#[derive(Clone, Debug)]
pub struct Rule {
    /// What the class must be.
    pub class: Pattern,
    /// What the message must be.
    pub message: Pattern,
    /// The type such a failure has.
    pub kind: ErrorType,
}

impl Rule {
    /// A rule for a class, whatever the message.
    #[must_use]
    pub const fn class(class: Pattern, kind: ErrorType) -> Self {
        Self { class, message: Pattern::Any, kind }
    }

    /// A rule for a message, whatever the class.
    #[must_use]
    pub const fn message(message: Pattern, kind: ErrorType) -> Self {
        Self { class: Pattern::Any, message, kind }
    }
}

/// Rules in order, with the ways to find the first that fits. Places are indices into `rules`, ascending.
#[derive(Clone, Debug)]
pub(super) struct RuleTable {
    rules: Vec<Rule>,
    /// The rules that name a class, by the name without its package.
    named: HashMap<String, Vec<usize>>,
    /// The rules that describe a class otherwise.
    described: Vec<usize>,
    /// The rules for any class.
    classless: Vec<usize>,
}

impl RuleTable {
    pub(super) fn new(rules: Vec<Rule>) -> Self {
        let mut table =
            Self { rules: Vec::new(), named: HashMap::new(), described: Vec::new(), classless: Vec::new() };
        for (place, rule) in rules.iter().enumerate() {
            match &rule.class {
                Pattern::Is(name) => table.named.entry(unqualified(name).to_owned()).or_default().push(place),
                Pattern::Any => table.classless.push(place),
                _ => table.described.push(place),
            }
        }
        Self { rules, ..table }
    }

    /// The answer of the first rule that asks for such a class.
    pub(super) fn by_class(&self, class: &str, message: Option<&str>) -> Option<ErrorType> {
        let named = self.first_named(class, message);
        let before_named = |place: &usize| named.is_none_or(|named| *place < named);
        let fits = |place: &usize| {
            self.rules
                .get(*place)
                .is_some_and(|rule| rule.class.matches(class) && rule.message.admits(message))
        };
        let described = self.described.iter().copied().take_while(before_named).find(fits);
        described.or(named).and_then(|place| self.kind(place))
    }

    fn first_named(&self, class: &str, message: Option<&str>) -> Option<usize> {
        let unqualified = unqualified(class);
        let nesting = memchr::memrchr2(b'$', b'+', unqualified.as_bytes());
        let unnested = nesting.and_then(|end| unqualified.get(end + 1..)).unwrap_or(unqualified);
        let fits = |place: &usize| {
            self.rules.get(*place).is_some_and(|rule| {
                [class, unqualified, unnested].iter().any(|name| rule.class.matches(name))
                    && rule.message.admits(message)
            })
        };
        let first = |name: &str| self.named.get(name).and_then(|places| places.iter().copied().find(fits));
        if unnested == unqualified {
            return first(unqualified);
        }
        first(unqualified).into_iter().chain(first(unnested)).min()
    }

    /// The answer of the first rule that asks for no class and such a message.
    pub(super) fn by_message(&self, message: Option<&str>) -> Option<ErrorType> {
        let fits = |place: &usize| self.rules.get(*place).is_some_and(|rule| rule.message.admits(message));
        self.classless.iter().copied().find(fits).and_then(|place| self.kind(place))
    }

    fn kind(&self, place: usize) -> Option<ErrorType> {
        self.rules.get(place).map(|rule| rule.kind)
    }
}

/// A class without its package or module.
fn unqualified(class: &str) -> &str {
    memchr::memrchr2(b'.', b':', class.as_bytes()).and_then(|end| class.get(end + 1..)).unwrap_or(class)
}
