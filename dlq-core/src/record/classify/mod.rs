//! From the class and the message of an exception to an [`ErrorType`].

mod builtin;

mod pattern;

mod rules;

#[cfg(test)]
mod tests;

pub use pattern::{InvalidPattern, Pattern};
pub use rules::Rule;

use crate::record::ErrorType;
use rules::RuleTable;

/// No more of a message is read than this, in bytes.
const MESSAGE_LENGTH_MAX: usize = 2 * 1024;

/// Tells the [`ErrorType`] of a failure by tables of [rules](Rule); the first answer counts.
///
/// The tables are asked in this order:
///
/// 1. the user's rules;
/// 2. the built-in rules for classes that say what happened (`java.net.SocketTimeoutException`), then those for
///    messages (`503 Service Unavailable`);
/// 3. the built-in rules for classes that say little (`java.lang.IllegalArgumentException`, `*TimeoutException`).
///
/// Each table is asked about the root class first, because the cause tells more than what was thrown around it; then
/// about the class; then about the message alone. So a user's rule for the wrapper beats a built-in one for the root, and
/// a `DeserializationException` stays one when its root is a mere `IllegalArgumentException`.
///
/// Build it once and share it: a class that a table names is found through a hash map.
#[derive(Clone, Debug)]
pub struct ErrorClassifier {
    tables: Vec<RuleTable>,
}

impl ErrorClassifier {
    /// The rules that come with the house: Java, Kafka, Spring, JDBC, HTTP, .NET, Python and Rust.
    #[must_use]
    pub fn builtin() -> Self {
        Self::builder().build()
    }

    /// Begins with the built-in rules, to put others in front.
    #[must_use]
    pub fn builder() -> ErrorClassifierBuilder {
        ErrorClassifierBuilder { rules: Vec::new(), builtin: true }
    }

    /// The type of a failure; [`ErrorType::Unknown`] when no rule knows it.
    ///
    /// Give as `class` the first that is no framework's wrapper. Of a message, the first 2 KiB are read.
    #[must_use]
    pub fn classify(
        &self,
        class: Option<&str>,
        root_class: Option<&str>,
        message: Option<&str>,
    ) -> ErrorType {
        let message =
            message.map(|text| text.get(..text.floor_char_boundary(MESSAGE_LENGTH_MAX)).unwrap_or(text));
        let known = self.tables.iter().find_map(|table| {
            let by_root = root_class.and_then(|class| table.by_class(class, message));
            let by_class =
                || class.filter(|_| class != root_class).and_then(|class| table.by_class(class, message));
            let by_message = || message.and_then(|message| table.by_message(message));
            by_root.or_else(by_class).or_else(by_message)
        });
        known.unwrap_or_default()
    }
}

impl Default for ErrorClassifier {
    /// The [built-in](Self::builtin) one.
    fn default() -> Self {
        Self::builtin()
    }
}

/// Collects the user's rules for an [`ErrorClassifier`].
#[derive(Clone, Debug)]
pub struct ErrorClassifierBuilder {
    rules: Vec<Rule>,
    builtin: bool,
}

impl ErrorClassifierBuilder {
    /// Adds a rule after those added before, and before the built-in ones.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds rules in their order, see [`rule`](Self::rule).
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Leaves the built-in rules out.
    #[must_use]
    pub fn without_builtin(mut self) -> Self {
        self.builtin = false;
        self
    }

    /// Sorts the rules into tables.
    #[must_use]
    pub fn build(self) -> ErrorClassifier {
        let mut tables = vec![RuleTable::new(self.rules)];
        if self.builtin {
            tables.push(RuleTable::new(builtin::telling()));
            tables.push(RuleTable::new(builtin::general()));
        }
        ErrorClassifier { tables }
    }
}
